package main

import (
	"io"
	"os"
)

// exitWhenOrphaned ends the process when the other end of standard input is closed. The kernel closes
// it however the parent ends, so even a parent that was killed leaves no process behind.
func exitWhenOrphaned(remove string) {
	_, _ = io.Copy(io.Discard, os.Stdin)
	if remove != "" {
		_ = os.RemoveAll(remove)
	}
	os.Exit(1)
}
