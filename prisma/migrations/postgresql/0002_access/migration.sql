-- Who may use the API, and who changed what.
CREATE TABLE "api_keys" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "role" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C",
    "hash" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,
    "revoked_at" BIGINT,
    "last_used_at" BIGINT,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "audit" (
    "id" TEXT COLLATE "C" NOT NULL,
    "at" BIGINT NOT NULL,
    "key_id" TEXT COLLATE "C" NOT NULL,
    "key_name" TEXT COLLATE "C" NOT NULL,
    "role" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "operation" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C",
    "subject" TEXT COLLATE "C" NOT NULL,
    "before" TEXT COLLATE "C",
    "after" TEXT COLLATE "C",

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");
CREATE INDEX "api_keys_customer_id_idx" ON "api_keys"("customer_id");
CREATE INDEX "audit_customer_id_id_idx" ON "audit"("customer_id", "id");
CREATE INDEX "audit_subject_id_idx" ON "audit"("subject", "id");
CREATE INDEX "audit_at_idx" ON "audit"("at");

-- Every process keeps the valid keys in memory: a revocation must reach them all. The last use is written each minute and
-- changes nothing of it.
CREATE TRIGGER "api_keys_changed" AFTER INSERT OR DELETE OR UPDATE OF "expires_at", "revoked_at" ON "api_keys" FOR EACH ROW EXECUTE FUNCTION "note_change"('key');
