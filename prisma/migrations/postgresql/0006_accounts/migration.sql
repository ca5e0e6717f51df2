-- Who signs in to the pages, who is signed in, and the links that let somebody in once.
CREATE TABLE "users" (
    "id" TEXT COLLATE "C" NOT NULL,
    "email" TEXT COLLATE "C" NOT NULL,
    "email_folded" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "role" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C",
    "password_hash" TEXT COLLATE "C",
    "oidc_subject" TEXT COLLATE "C",
    "language" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "disabled_at" BIGINT,
    "last_signed_in_at" BIGINT,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "sessions" (
    "id" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "user_id" TEXT COLLATE "C",
    "email" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C",
    "address" TEXT COLLATE "C" NOT NULL,
    "agent" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "seen_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "sign_in_links" (
    "hash" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "user_id" TEXT COLLATE "C",
    "email_folded" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "used_at" BIGINT,

    CONSTRAINT "sign_in_links_pkey" PRIMARY KEY ("hash")
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
ALTER TABLE "customers" ADD COLUMN "portal_may" TEXT COLLATE "C" NOT NULL DEFAULT '["test","retry"]';
CREATE INDEX "customers_portal" ON "customers"("id") WHERE "portal_enabled" = 1;

-- A mail that lets somebody in: the address is encrypted until it is sent, and then gone; of no use after a time.
ALTER TABLE "mails" ADD COLUMN "link" TEXT COLLATE "C";
ALTER TABLE "mails" ADD COLUMN "expires_at" BIGINT;
