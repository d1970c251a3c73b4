# syntax=docker/dockerfile:1
# The image of the controller and of the data planes: the npm package as `npm pack` makes it, with its dependencies as they
# are locked, on a base that has Node and nothing else. No shell, no package manager; runs as user 65532.

FROM node:26-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json LICENSE README.md CHANGELOG.md ./
COPY bin bin
COPY scripts/build.ts scripts/build.ts
COPY src src
RUN npm pack && mkdir app && tar -xzf farside-*.tgz -C app --strip-components=1
# The package has no lock file of its own.
RUN cp package-lock.json .npmrc app/ && cd app && npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm .npmrc

FROM gcr.io/distroless/nodejs26-debian13:nonroot
LABEL org.opencontainers.image.title="farside" \
      org.opencontainers.image.description="A Kubernetes gateway that cares most about the TLS from gateway to backend" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /build/app /app
# Numeric, so that runAsNonRoot can be checked.
USER 65532:65532
ENV NODE_ENV=production
# A young generation of a few MiB: V8 would let it grow with a large cluster, and keep it.
# `node:ffi`, by which data planes give memory back to the system, would say in each log that it is an experiment.
ENV NODE_OPTIONS="--max-semi-space-size=4 --disable-warning=ExperimentalWarning"
# What `wellKnownCACertificates: System` trusts: the base's bundle.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/nodejs/bin/node", "/app/bin/farside.js"]
CMD ["--help"]
