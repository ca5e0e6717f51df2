import type { RefusalRule } from "../../../schemas/rules/rules.js";
import type { Translated } from "./translated.js";

/** What the pages say in English in the place of the API's own sentence, which is for programs. */
export const refusalsForPeople: Readonly<Partial<Record<RefusalRule, string>>> = {
  no_address: "The address may be mistyped, or what was here is gone. Go back to the start and look for it from there.",
};

/** What a refusal as a whole says, in other languages than the API's. */
export const refusalWords: Readonly<Record<RefusalRule, Translated>> = {
  invalid: { nl: "Er zijn velden fout ingevuld.", fr: "Des champs sont mal remplis." },
  not_found: { nl: "Dit bestaat niet: {thing} «{id}».", fr: "Ceci n’existe pas : {thing} « {id} »." },
  no_address: {
    nl: "Misschien is het adres verkeerd getypt, of is wat hier stond verdwenen. Ga terug naar het begin en zoek van daaruit verder.",
    fr: "L’adresse est peut-être mal saisie, ou ce qui s’y trouvait a disparu. Retournez au début et cherchez à partir de là.",
  },
  no_method: {
    nl: "Dit adres neemt alleen {methods} aan. De documentatie noemt alle adressen.",
    fr: "Cette adresse n’accepte que {methods}. La documentation liste toutes les adresses.",
  },
  other_site: {
    nl: "Het formulier kwam van een andere site, of van voor u zich aanmeldde: open de pagina opnieuw.",
    fr: "Le formulaire venait d’un autre site, ou d’avant votre connexion : rouvrez la page.",
  },
  other_user: {
    nl: "Iemand anders had dit ingevuld: alleen die persoon krijgt het te zien.",
    fr: "Quelqu’un d’autre avait saisi ceci : cette personne seule peut le voir.",
  },
  page_role: { nl: "Deze pagina is niet voor de rol {role}.", fr: "Cette page n’est pas pour le rôle {role}." },
  switched_off: {
    nl: "Dit is voor u niet ingeschakeld: vraag het aan wie u de leveringen stuurt.",
    fr: "Ceci n’est pas activé pour vous : demandez à qui vous envoie les livraisons.",
  },
  key_role: { nl: "De rol {role} mag dit niet.", fr: "Le rôle {role} ne peut pas faire cela." },
  session_ended: {
    nl: "De sessie is afgelopen: meld u opnieuw aan.",
    fr: "La session est terminée : reconnectez-vous.",
  },
  form_unreadable: {
    nl: "Het formulier kan niet gelezen worden: het is afgebroken, of heeft te veel delen.",
    fr: "Le formulaire ne peut être lu : il est interrompu, ou a trop de parties.",
  },
  body_large: {
    nl: "Het verzoek is groter dan {mebibytes} MiB, het meeste dat hier kan.",
    fr: "La requête dépasse {mebibytes} Mio, le maximum ici.",
  },
  body_late: { nl: "De inhoud kwam niet op tijd aan.", fr: "Le contenu n’est pas arrivé à temps." },
  bytes_under_way: {
    nl: "Er zijn te veel verzoeken onderweg. Probeer het over enkele seconden opnieuw.",
    fr: "Trop de requêtes sont en cours. Réessayez dans quelques secondes.",
  },
  tests_under_way: {
    nl: "Er lopen te veel tests: probeer het opnieuw als er enkele klaar zijn.",
    fr: "Trop de tests sont en cours : réessayez quand quelques-uns seront terminés.",
  },
  tests_of_owner: {
    nl: "Er lopen te veel tests van «{owner}»: probeer het opnieuw als er enkele klaar zijn.",
    fr: "Trop de tests de « {owner} » sont en cours : réessayez quand quelques-uns seront terminés.",
  },
  pages_open: {
    nl: "Er staan te veel pagina’s open die alles volgen: sluit er enkele.",
    fr: "Trop de pages qui suivent l’activité sont ouvertes : fermez-en quelques-unes.",
  },
  stopping: { nl: "De dienst stopt.", fr: "Le service s’arrête." },
  stopping_check: {
    nl: "De dienst stopt: probeer het opnieuw zodra hij weer draait.",
    fr: "Le service s’arrête : réessayez dès qu’il tourne de nouveau.",
  },
  name_of_customer: {
    nl: "De klant heeft al een endpoint «{name}»: geef een andere naam, of wijzig dat endpoint.",
    fr: "Le client a déjà un endpoint « {name} » : donnez un autre nom, ou modifiez celui-là.",
  },
  name_of_order: {
    nl: "De order «{order}» heeft al een endpoint «{name}»: geef een andere naam, of wijzig dat endpoint.",
    fr: "La commande « {order} » a déjà un endpoint « {name} » : donnez un autre nom, ou modifiez celui-là.",
  },
  most_endpoints: {
    nl: "De klant heeft {limit} endpoints, en meer kan niet: verwijder er eerst een.",
    fr: "Le client a {limit} endpoints, le maximum : supprimez-en d’abord un.",
  },
  most_settings: {
    nl: "De instellingen van de endpoints van de klant zijn samen {limit} MiB, en meer kan niet: maak ze kleiner, of verwijder er een.",
    fr: "Les réglages des endpoints du client font {limit} Mio ensemble, le maximum : réduisez-les, ou supprimez-en un.",
  },
  unsigned: {
    nl: "Leveringen via {transport} worden niet ondertekend: er is geen geheim om te wijzigen.",
    fr: "Les livraisons par {transport} ne sont pas signées : il n’y a pas de secret à changer.",
  },
  unusable: {
    nl: "De instelling van het endpoint kan nu niet gebruikt worden ({why})",
    fr: "Le réglage de l’endpoint ne peut être utilisé pour l’instant ({why})",
  },
  code_taken: {
    nl: "De catalogus heeft deze code al: wijzig ze daar.",
    fr: "Le catalogue a déjà ce code : modifiez-le là.",
  },
  customer_taken: {
    nl: "Er is al een klant met dit id: wijzig die op de eigen pagina.",
    fr: "Il y a déjà un client avec cet identifiant : modifiez-le sur sa propre page.",
  },
  email_taken: { nl: "Er is al een gebruiker met dit adres.", fr: "Il y a déjà un utilisateur avec cette adresse." },
  last_admin: {
    nl: "Dit is de laatste beheerder die zich kan aanmelden: maak er eerst een andere.",
    fr: "C’est le dernier administrateur qui puisse se connecter : créez-en d’abord un autre.",
  },
  user_disabled: {
    nl: "De gebruiker is uitgeschakeld: een link zou niemand binnenlaten.",
    fr: "L’utilisateur est désactivé : un lien ne laisserait entrer personne.",
  },
  most_keys: {
    nl: "Er zijn al {limit} geldige sleutels: trek er enkele in die niet gebruikt worden.",
    fr: "Il y a déjà {limit} clés valides : révoquez-en qui ne servent pas.",
  },
  forgotten: {
    nl: "Wat deze gebeurtenis bevatte, is op {at} vergeten: ze kan niet opnieuw verzonden worden.",
    fr: "Le contenu de cet événement a été oublié le {at} : il ne peut être renvoyé.",
  },
  forgotten_test: {
    nl: "Wat deze gebeurtenis bevatte, is op {at} vergeten: ze kan niet opnieuw verzonden of getoond worden.",
    fr: "Le contenu de cet événement a été oublié le {at} : il ne peut être ni renvoyé ni montré.",
  },
  changed_meanwhile: {
    nl: "Het endpoint is intussen gewijzigd (versie {version}, niet {given}): open het opnieuw.",
    fr: "L’endpoint a été modifié entre-temps (version {version}, pas {given}) : rouvrez-le.",
  },
  customer_gone: {
    nl: "De klant «{customer}» van deze gebeurtenis is verwijderd.",
    fr: "Le client « {customer} » de cet événement a été supprimé.",
  },
  delivery_retry: {
    nl: "De levering is {state}, haar endpoint is verwijderd of haar inhoud is vergeten: ze kan nu niet opnieuw geprobeerd worden.",
    fr: "La livraison est {state}, son endpoint est supprimé ou son contenu oublié : elle ne peut être réessayée.",
  },
  delivery_cancel: {
    nl: "De levering is {state}, haar endpoint is verwijderd of haar inhoud is vergeten: ze kan nu niet geannuleerd worden.",
    fr: "La livraison est {state}, son endpoint est supprimé ou son contenu oublié : elle ne peut être annulée.",
  },
  faulty_address: {
    nl: "Het adres bevat een % waarna geen twee hexadecimale cijfers van UTF-8 komen.",
    fr: "L’adresse contient un % qui n’est pas suivi de deux chiffres hexadécimaux d’UTF-8.",
  },
  long_address: { nl: "Een deel van het adres is te lang.", fr: "Une partie de l’adresse est trop longue." },
  database_full: {
    nl: "De databank heeft geen plaats meer. Er is niets gebeurd: maak schijfruimte vrij en probeer het opnieuw.",
    fr: "La base de données n’a plus de place. Rien n’a été fait : libérez de l’espace disque et réessayez.",
  },
  database_busy: {
    nl: "De databank is bezet. Er is niets gebeurd: probeer het opnieuw.",
    fr: "La base de données est occupée. Rien n’a été fait : réessayez.",
  },
  database_other: {
    nl: "De databank kan niet bereikt of geschreven worden. Misschien is het toch gebeurd: kijk het na en probeer het opnieuw.",
    fr: "La base de données ne peut être jointe ou écrite. C’est peut-être fait malgré tout : vérifiez et réessayez.",
  },
  internal: {
    nl: "In Waybell zelf liep iets mis. Onder dit nummer staat er meer in het logboek.",
    fr: "Une erreur s’est produite dans Waybell. Le journal en dit plus sous ce numéro.",
  },
};
