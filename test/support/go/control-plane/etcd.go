package main

import (
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
)

// lockDirectory makes sure that one etcd at a time uses the directory; without it a second one waits
// for the first without a word. The lock ends with the process.
func lockDirectory(directory string) (*os.File, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("data directory is in use by another cluster: %s", directory)
	}
	return file, nil
}

// newEtcdCommand runs a single-member etcd on Unix sockets: etcd asks nobody who they are, so only the
// directory's permissions keep other users of the machine out. It skips fsync: the data serves tests
// and demos, and a power cut may lose it.
func newEtcdCommand() *cobra.Command {
	var dataDir, socketDir string
	command := &cobra.Command{
		Use:           "etcd",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(*cobra.Command, []string) error {
			lock, err := lockDirectory(dataDir)
			if err != nil {
				return err
			}
			defer lock.Close()
			config := embed.NewConfig()
			config.Dir = dataDir
			config.LogLevel = "error"
			config.UnsafeNoFsync = true
			// The advertised URLs keep their defaults: a single member dials no peer.
			config.ListenClientUrls = []url.URL{{Scheme: "unix", Path: filepath.Join(socketDir, "etcd.sock")}}
			config.ListenPeerUrls = []url.URL{{Scheme: "unix", Path: filepath.Join(socketDir, "peer.sock")}}
			server, err := embed.StartEtcd(config)
			if err != nil {
				return fmt.Errorf("start etcd: %w", err)
			}
			defer server.Close()
			stop := make(chan os.Signal, 1)
			signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
			select {
			case <-stop:
				return nil
			case err := <-server.Err():
				return fmt.Errorf("etcd: %w", err)
			}
		},
	}
	flags := command.Flags()
	flags.StringVar(&dataDir, "data-dir", "", "directory of the database")
	flags.StringVar(&socketDir, "socket-dir", "", "directory of the Unix sockets etcd.sock and peer.sock")
	return command
}
