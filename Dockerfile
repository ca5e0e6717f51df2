# One image for every role: `serve` (as in CMD), `serve --role api`, `serve --role worker`, `migrate`, any other command.
# One machine: docker run -d --init -p 127.0.0.1:8080:8080 -v waybell:/data --stop-timeout 15 waybell
# Many processes: compose.yaml. Both are explained in docs/operations.md.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install scripts; ssh2 and msgpackr work without what theirs would compile.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts tsconfig.json tsconfig.build.json ./
COPY scripts/schemas.mjs scripts/
COPY prisma prisma
COPY src src
RUN npm run build && chmod +x dist/cli.js
# Not `npm prune --omit=dev` alone: it keeps Prisma's command line, which @prisma/client names as an optional peer, and
# nothing at run time asks for it (430 MB instead of 170). Versions stay those of package-lock.json.
RUN npm pkg delete devDependencies && npm prune --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
# DATABASE_URL is the one-machine mode, whose file lies in the volume. With PostgreSQL /data is not used.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATABASE_URL=file:/data/waybell.db
WORKDIR /app
RUN mkdir /data && chown 1000:1000 /data && ln -s /app/dist/cli.js /usr/local/bin/waybell
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json README.md CHANGELOG.md ./
COPY prisma/migrations prisma/migrations
COPY public public
COPY samples samples
# The user `node`, as a number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080
# Node is process 1 and gets the signal itself: `serve` stops within 10 s. So give it more than that (--stop-timeout 15).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The flags are those of `npm start`.
ENTRYPOINT ["node", "--max-semi-space-size=32", "--v8-pool-size=1", "dist/cli.js"]
CMD ["serve"]
