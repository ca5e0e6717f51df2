-- Who signs in to the pages, who is signed in, and the links that let somebody in once.
CREATE TABLE "users" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "email_folded" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "customer_id" TEXT,
    "password_hash" TEXT,
    "oidc_subject" TEXT,
    "language" TEXT,
    "created_at" BIGINT NOT NULL,
    "disabled_at" BIGINT,
    "last_signed_in_at" BIGINT
);

CREATE TABLE "sessions" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hash" TEXT NOT NULL,
    "user_id" TEXT,
    "email" TEXT NOT NULL,
    "customer_id" TEXT,
    "address" TEXT NOT NULL,
    "agent" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "seen_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL
);

CREATE TABLE "sign_in_links" (
    "hash" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "user_id" TEXT,
    "email_folded" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "used_at" BIGINT
);

CREATE UNIQUE INDEX "users_email_folded_key" ON "users"("email_folded");
CREATE UNIQUE INDEX "users_oidc_subject_key" ON "users"("oidc_subject");
CREATE INDEX "users_customer_id_idx" ON "users"("customer_id");
CREATE UNIQUE INDEX "sessions_hash_key" ON "sessions"("hash");
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");
CREATE INDEX "sessions_customer_id_idx" ON "sessions"("customer_id");
CREATE INDEX "sign_in_links_user_id_idx" ON "sign_in_links"("user_id");
CREATE INDEX "sign_in_links_email_folded_idx" ON "sign_in_links"("email_folded");

-- Whether a customer signs in, and what they may change then.
ALTER TABLE "customers" ADD COLUMN "portal_enabled" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "customers" ADD COLUMN "portal_may" TEXT NOT NULL DEFAULT '["test","retry"]';
CREATE INDEX "customers_portal" ON "customers"("id") WHERE "portal_enabled" = 1;

-- A mail that lets somebody in: the address is encrypted until it is sent, and then gone; of no use after a time.
ALTER TABLE "mails" ADD COLUMN "link" TEXT;
ALTER TABLE "mails" ADD COLUMN "expires_at" BIGINT;
