-- Since when nothing but failures has come of a lane's attempts, and when its endpoint is disabled for that.
ALTER TABLE "lanes" ADD COLUMN "only_failed_since" BIGINT;
ALTER TABLE "lanes" ADD COLUMN "only_failed_until" BIGINT;
ALTER TABLE "lanes" ADD COLUMN "disables_at" BIGINT;

-- Partial: nearly all lanes are not in it.
CREATE INDEX "lanes_only_failed" ON "lanes"("only_failed_since") WHERE "only_failed_since" IS NOT NULL;
