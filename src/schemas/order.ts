import { type Static, Type } from "typebox";

const Text = Type.String({ maxLength: 500 });
const Short = Type.String({ maxLength: 200 });
const Time = Type.String({ maxLength: 40 });
const Uri = Type.String({ maxLength: 2048, format: "uri" });

export const CallbackUrls = Type.Array(Type.String({ maxLength: 2048, format: "uri", pattern: "^https?://" }), {
  maxItems: 20,
  uniqueItems: true,
  description: "Addresses that get a POST for each status, beside the customer's endpoints",
});

const partyFields = {
  name: Type.Optional(Text),
  email: Type.Optional(Text),
  phone: Type.Optional(Text),
  address: Type.Optional(Text),
  city: Type.Optional(Text),
  neighbourhood: Type.Optional(Text),
  postcode: Type.Optional(Short),
  country: Type.Optional(Short),
};
const Party = Type.Object(partyFields, { additionalProperties: false });
const Recipient = Type.Object({ ...partyFields, instructions: Type.Optional(Text) }, { additionalProperties: false });
const Carrier = Type.Object(
  {
    code: Type.Optional(Short),
    name: Type.Optional(Text),
    website: Type.Optional(Type.String({ maxLength: 2048 })),
    phone: Type.Optional(Type.Union([Short, Type.Null()])),
  },
  { additionalProperties: false },
);

/** What is known of an order beside its number; all optional (DESIGN, "The order's details"). */
export const OrderDetails = Type.Object(
  {
    reference: Type.Optional(Text),
    customerOrderId: Type.Optional(Short),
    supplierOrderNumber: Type.Optional(Type.Union([Type.Integer(), Short])),
    title: Type.Optional(Text),
    createdAt: Type.Optional(Time),
    trackingNumber: Type.Optional(Short),
    trackingUrl: Type.Optional(Uri),
    statusPageUrl: Type.Optional(Uri),
    carrier: Type.Optional(Carrier),
    destinationCarrier: Type.Optional(Carrier),
    originCountry: Type.Optional(Short),
    destinationCountry: Type.Optional(Short),
    sender: Type.Optional(Party),
    recipient: Type.Optional(Recipient),
    account: Type.Optional(
      Type.Object(
        { number: Type.Optional(Type.Union([Type.Integer(), Short])), name: Type.Optional(Text) },
        { additionalProperties: false },
      ),
    ),
    pieces: Type.Optional(Type.Integer({ minimum: 0 })),
    weight: Type.Optional(Short),
    codAmount: Type.Optional(Short),
    paymentMethod: Type.Optional(Short),
    isReturn: Type.Optional(Type.Boolean()),
    receivedAt: Type.Optional(Time),
    pickedUpAt: Type.Optional(Time),
    deliveredAt: Type.Optional(Time),
    packages: Type.Optional(
      Type.Array(
        Type.Object(
          { id: Type.Optional(Short), trackingUrl: Type.Optional(Uri), barcode: Type.Optional(Short) },
          { additionalProperties: false },
        ),
        { maxItems: 1000 },
      ),
    ),
    extra: Type.Optional(
      Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
        maxProperties: 100,
        description: "Fields of your own",
      }),
    ),
  },
  {
    additionalProperties: false,
    title: "OrderDetails",
    description:
      "What is known of the order. Given with an event, each member replaces what was known under its name, whole " +
      "(a recipient is not merged with the one before); members that are not given stay.",
  },
);
export type OrderDetails = Static<typeof OrderDetails>;
