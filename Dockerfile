# The server without --privileged: docs/operations.md has the `docker run` line and says what each right is for.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/stamp-build.js scripts/
COPY src src
RUN npm run --silent build

FROM node:24-bookworm-slim AS modules
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libnftables1 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/netns-lab
COPY --from=modules /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY package.json openapi.yaml ./
COPY proto proto
COPY docs docs
COPY examples examples
# The gateway gives root up for nobody by itself; the engine needs it.
VOLUME /var/lib/netns-lab
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/opt/netns-lab/dist/main.js"]
CMD ["serve"]
