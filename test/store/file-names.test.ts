import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Commits } from "../../src/store/commits.js";
import { naming } from "../../src/store/file-names.js";
import { addMany, openStore, post, row, type Store } from "./kit.js";

let store: Store;
let commits: Commits;
let ids: string[];

beforeEach(async () => {
  store = await openStore();
  commits = new Commits(store.database);
  await store.customers.put("acme", {});
  ids = await addMany(store, await store.endpoints.create("acme", post()), 4);
});
afterEach(() => store.close());

const ask = (at: number, name: string, place = "ftp://h/in", base = name, number = 1) =>
  commits.add(naming, {
    deliveryId: ids[at] ?? "",
    place,
    target: `${place} json`,
    name,
    folded: name.toLowerCase(),
    base: base.toLowerCase(),
    number,
  });
const take = async (at: number, name: string, place?: string) => (await ask(at, name, place)).given;
const nameOf = async (at: number) => (await row(store, ids[at] ?? "")).file_name;

describe("naming", () => {
  it("gives a name to the first that wishes for it, and stores it on the delivery", async () => {
    expect(await Promise.all([take(0, "a.json"), take(1, "a.json")])).toEqual([true, false]);
    expect([await nameOf(0), await nameOf(1)]).toEqual(["a.json", null]);
    expect(await take(1, "a_2.json")).toBe(true);
    expect(await nameOf(1)).toBe("a_2.json");
  });

  it("takes two names that differ in upper and lower case for one", async () => {
    expect(await take(0, "Order.xml")).toBe(true);
    expect(await take(1, "ORDER.XML")).toBe(false);
  });

  it("gives the same name out in another place", async () => {
    expect(await take(0, "a.json")).toBe(true);
    expect(await take(1, "a.json", "ftp://h/other")).toBe(true);
  });

  it("lets a delivery keep the name that it has", async () => {
    expect(await take(0, "a.json")).toBe(true);
    expect(await take(0, "a.json")).toBe(true);
    expect(await nameOf(0)).toBe("a.json");
  });

  it("tells the highest number of a name that is given out in a place", async () => {
    expect(await ask(0, "a.json")).toEqual({ given: true, highest: 1 });
    expect(await ask(1, "a_7.json", "ftp://h/in", "a.json", 7)).toEqual({ given: true, highest: 7 });
    expect(await ask(2, "a.json")).toEqual({ given: false, highest: 7 });
    expect(await ask(3, "a.json", "ftp://h/other")).toEqual({ given: true, highest: 1 });
  });

  it("keeps what a name was given out for", async () => {
    await take(0, "a.json");
    expect((await row(store, ids[0] ?? "")).file_target).toBe("ftp://h/in json");
  });

  it("answers many wishes of one commit, each for itself", async () => {
    await take(3, "taken.json");
    const answers = await Promise.all([take(0, "x.json"), take(1, "taken.json"), take(2, "y.json")]);
    expect(answers).toEqual([true, false, true]);
  });
});
