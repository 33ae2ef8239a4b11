# The operator's image: Node, the C library it needs, one bundle. No shell, no package manager, no npm.
#
# BUILDER has a Node that reads TypeScript, and npm unless the build context brings node_modules. BASE has the same
# release of Node as /nodejs/bin/node. Where nothing can be pulled, `npm run image` makes one image that serves as both
# from Debian packages and the npm package "node", and hands in node_modules. See docs/image.md.
#
# Neither has a default: a tag moves, and a digest that stood here would be out of date and looked at by nobody. What a
# message says may hold no space.
ARG BUILDER
ARG BASE

FROM ${BUILDER:?name-the-image-to-build-in-by-its-digest:--build-arg=BUILDER=...@sha256:...,see-docs/image.md} AS build
USER 0
WORKDIR /build
COPY . .
RUN ["node", "scripts/image/install.ts"]
ARG SOURCE_DATE_EPOCH=0
RUN ["node", "scripts/image/program.ts", "/out/keywright"]

FROM ${BASE:?name-the-image-to-build-on-by-its-digest:--build-arg=BASE=...@sha256:...,see-docs/image.md}
LABEL org.opencontainers.image.title="keywright" \
  org.opencontainers.image.description="Kubernetes operator for API keys and cryptographic keys declared in Git" \
  org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/ /
# One arena instead of one for each thread: glibc keeps what it frees.
ENV MALLOC_ARENA_MAX=1
USER 65532:65532
WORKDIR /
# The heap's limit is left to the memory limit of the container, or to NODE_OPTIONS.
ENTRYPOINT ["/nodejs/bin/node", "--expose-gc", "--max-semi-space-size=8", "/keywright/main.mjs"]
CMD ["controller"]
EXPOSE 8080 8081
