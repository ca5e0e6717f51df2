-- Who may use the API, and who changed what.
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "customer_id" TEXT,
    "hash" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,
    "revoked_at" BIGINT,
    "last_used_at" BIGINT
);

CREATE TABLE "audit" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" BIGINT NOT NULL,
    "key_id" TEXT NOT NULL,
    "key_name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "customer_id" TEXT,
    "subject" TEXT NOT NULL,
    "before" TEXT,
    "after" TEXT
);

CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");
CREATE INDEX "api_keys_customer_id_idx" ON "api_keys"("customer_id");
CREATE INDEX "audit_customer_id_id_idx" ON "audit"("customer_id", "id");
CREATE INDEX "audit_subject_id_idx" ON "audit"("subject", "id");
CREATE INDEX "audit_at_idx" ON "audit"("at");
