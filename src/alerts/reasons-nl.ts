import type { ReasonTexts } from "./reason-codes.js";

const UNKNOWN_ISSUER = "Het certificaat van de server is niet uitgegeven door een instantie die hier vertrouwd wordt.";
const LOCALLY_FORBIDDEN = "De machine waarop Waybell draait, staat deze verbinding niet toe.";

export const reasonsNl: ReasonTexts = {
  codes: {
    dns: "De naam van de server kon niet worden opgezocht.",
    connect: "Er kon geen verbinding met de server worden gemaakt.",
    timeout: "De server antwoordde niet op tijd.",
    reset: "De server heeft de verbinding verbroken.",
    tls: "Er kon geen beveiligde verbinding (TLS) met de server worden opgezet.",
    client_certificate: "De server weigerde het clientcertificaat, of vraagt er een dat niet is ingesteld.",
    certificate_expired: "Het clientcertificaat van de webhook is verlopen.",
    oauth_unavailable: "De server die de toegangstokens uitgeeft (OAuth) is defect of onbereikbaar.",
    oauth_refused:
      "De server die de toegangstokens uitgeeft (OAuth) weigerde het client-id of het geheim van de webhook.",
    oauth_answer: "Het adres dat toegangstokens zou moeten uitgeven (OAuth) antwoordde iets anders.",
    jwt_key: "De sleutel die de tokens van de webhook (JWT) moet ondertekenen, is niet bruikbaar.",
    login: "De server weigerde de gebruikersnaam of het wachtwoord.",
    host_key: "De server toonde een andere hostsleutel dan afgesproken. Er is niets naartoe gestuurd.",
    host_key_unset:
      "Voor deze server is geen hostsleutel ingesteld, zodat niet vaststaat of het de juiste is. Er is niets naartoe gestuurd.",
    protocol: "De server gaf een onzinnig antwoord.",
    size: "Het bestand op de server is niet even groot als wat werd verstuurd.",
    not_http: "Het antwoord van de server is geen HTTP. De status is misschien toch aangekomen.",
    http_2xx: "De server antwoordde, maar niet met het antwoord dat voor deze webhook als geslaagd geldt.",
    http_3xx: "De server verwijst door naar een ander adres. Waybell volgt geen doorverwijzingen.",
    http_400: "De server vond de aanvraag foutief (400).",
    http_401: "De server vraagt andere toegangsgegevens (401): controleer de API-sleutel.",
    http_403:
      "De server staat de aanvraag niet toe (403): controleer de API-sleutel en de toegangslijst van de server.",
    http_404: "De server kent dit adres niet (404).",
    http_405: "De server staat deze methode niet toe op dit adres (405).",
    http_408: "De server heeft te lang op de aanvraag gewacht (408).",
    http_410: "De server meldt dat dit adres voorgoed is verdwenen (410).",
    http_413: "De server vond de status te groot (413).",
    http_415: "De server aanvaardt dit formaat niet (415).",
    http_422: "De server kon de status niet verwerken (422).",
    http_429: "De server krijgt te veel aanvragen (429).",
    http_4xx: "De server weigerde de aanvraag.",
    http_500: "Er trad een fout op in de server bij het verwerken van de status (500).",
    http_502: "De gateway van de server kreeg geen goed antwoord van de server erachter (502).",
    http_503: "De server is tijdelijk niet beschikbaar (503).",
    http_504: "De gateway van de server kreeg niet op tijd antwoord (504).",
    http_5xx: "Er trad een fout op in de server.",
    ftp_421: "De FTP-server is niet beschikbaar of heeft te veel verbindingen (421).",
    ftp_425: "De FTP-server kon de dataverbinding niet openen (425).",
    ftp_426: "De FTP-server heeft de overdracht afgebroken (426).",
    ftp_450: "Het bestand is in gebruik op de FTP-server (450).",
    ftp_452: "De FTP-server heeft geen schijfruimte meer (452).",
    ftp_4xx: "De FTP-server kan het bestand op dit moment niet aannemen.",
    ftp_530: "De FTP-server weigerde de gebruikersnaam of het wachtwoord (530).",
    ftp_550:
      "De FTP-server weigerde het bestand of de map: die bestaat niet, of er mag niet in worden geschreven (550).",
    ftp_552: "Het schijfquotum op de FTP-server is opgebruikt (552).",
    ftp_553: "De FTP-server weigerde het bestand: schrijven in de map, of deze bestandsnaam, is niet toegestaan (553).",
    ftp_5xx: "De FTP-server weigerde het bestand.",
    sftp_2: "De map bestaat niet op de SFTP-server.",
    sftp_3: "De SFTP-server laat niet toe dat er in deze map wordt geschreven.",
    sftp_4: "De SFTP-server kon het bestand niet opslaan.",
    sftp_14: "De SFTP-server heeft geen schijfruimte meer.",
    sftp_15: "Het schijfquotum op de SFTP-server is opgebruikt.",
    sftp_x: "De SFTP-server weigerde het bestand.",
    address_refused: "Het adres ligt in een netwerk waarnaar Waybell niet mag verzenden.",
    url_invalid: "Het adres is geen geldige URL.",
    url_too_long: "De URL met de status erin zou langer worden dan toegestaan.",
    too_large_to_sign: "De status is met zijn afbeeldingen te groot voor een ed25519-handtekening.",
    not_a_query: "Het sjabloon van de webhook past niet in een URL.",
    transport: "De verzendmethode van de webhook bestaat niet.",
    template: "Het sjabloon van de webhook bestaat niet.",
    format: "Het formaat van de webhook past niet bij de verzendmethode en het sjabloon.",
    render: "De status kon niet in het formaat van de webhook worden gezet.",
    one_event: "Het formaat van de webhook bevat precies één status per keer.",
    token_refused: "De ontvanger aanvaardt het token niet.",
    content_refused: "De ontvanger weigerde wat verzonden werd: het antwoord zegt waarom.",
    unsafe_content: "De status bevat een foto, handtekening of document dat niet veilig kan worden doorgegeven.",
    file_name:
      "Er zijn te veel bestanden met dezelfde naam naar deze map gestuurd: order, status en tijdstip vormen de naam.",
    internal: "Er trad een fout op in Waybell zelf.",
  },
  whatToChange: {
    host_key:
      "Ga na of de vingerafdruk bij het technisch detail die van de server is en stel ze in als hostsleutel van de webhook.",
    certificate_expired: "Stel een geldig clientcertificaat in, met zijn sleutel.",
    oauth_refused: "Verbeter het client-id, het clientgeheim of de scope.",
    oauth_answer: "Verbeter het adres van de tokenserver (tokenUrl).",
    jwt_key: "Stel een sleutel in die bij het algoritme past.",
    address_refused:
      "Vul een adres in dat vanaf het internet bereikbaar is, of laat de beheerder van Waybell dit netwerk toestaan.",
    url_invalid: "Verbeter het adres van de webhook.",
    not_a_query: "Kies URL/POST, of een sjabloon dat in een URL past.",
    transport: "Kies een verzendmethode die bestaat.",
    template: "Kies een sjabloon dat bestaat.",
    format: "Kies een formaat, JSON of XML, dat zowel bij de verzendmethode als bij het sjabloon past.",
    one_event: "Zet het aantal statussen per zending op 1.",
    token_refused: "Vernieuw het token, of de sleutel waarmee het ondertekend wordt.",
    other: "Verbeter wat bij de reden wordt genoemd.",
  },
  givenUp: {
    "attempts exhausted": "Alle pogingen zijn mislukt",
    expired: "Niet afgeleverd binnen de toegestane tijd",
    gone: "De ontvanger bestaat niet meer",
    config: "Deze status kan met deze instelling niet worden verzonden",
    internal: "Fout in Waybell zelf",
  },
  sentences: {
    "The host name does not exist.": "De naam van de server bestaat niet.",
    "The host name has no address.": "Bij de naam van de server hoort geen adres.",
    "The host name is not a valid name.": "De naam van de server is geen geldige naam.",
    "The DNS servers gave no answer for the host name.":
      "De DNS-servers gaven geen antwoord over de naam van de server.",
    "The DNS servers cannot be reached.": "De DNS-servers zijn niet bereikbaar.",
    "The DNS servers could not look the host name up.": "De DNS-servers konden de naam van de server niet opzoeken.",
    "The DNS servers refused to look the host name up.": "De DNS-servers weigerden de naam van de server op te zoeken.",
    "The DNS servers gave an answer that makes no sense.": "De DNS-servers gaven een onzinnig antwoord.",
    "The server refused the connection: nothing listens on this port.":
      "De server weigerde de verbinding: er luistert niets op deze poort.",
    "The server cannot be reached: there is no route to it.": "De server is onbereikbaar: er is geen route naartoe.",
    "The server's network cannot be reached.": "Het netwerk van de server is onbereikbaar.",
    "The server's machine is down.": "De machine van de server staat uit.",
    "Waybell's own network is down.": "Het netwerk van Waybell zelf ligt plat.",
    "Waybell has no free address or port to connect from.": "Waybell heeft geen vrij adres of vrije poort meer.",
    "Waybell has too many open connections.": "Waybell heeft te veel open verbindingen.",
    "The machine that Waybell runs on does not allow this connection.": LOCALLY_FORBIDDEN,
    "The server did not answer in time.": "De server antwoordde niet op tijd.",
    "The server did not accept the connection in time.": "De server nam de verbinding niet op tijd aan.",
    "The server did not finish its answer in time.": "De server maakte zijn antwoord niet op tijd af.",
    "The server broke the connection.": "De server heeft de verbinding verbroken.",
    "The connection was broken.": "De verbinding werd verbroken.",
    "The server closed the connection.": "De server heeft de verbinding gesloten.",
    "The server asks for a client certificate, and the endpoint has none.":
      "De server vraagt een clientcertificaat, en de webhook heeft er geen.",
    "The server does not accept the endpoint's client certificate.":
      "De server aanvaardt het clientcertificaat van de webhook niet.",
    "The server says that the endpoint's client certificate was revoked.":
      "Volgens de server is het clientcertificaat van de webhook ingetrokken.",
    "The server says that the endpoint's client certificate has expired.":
      "Volgens de server is het clientcertificaat van de webhook verlopen.",
    "The server does not know the authority of the endpoint's client certificate.":
      "De server kent de instantie niet die het clientcertificaat van de webhook heeft uitgegeven.",
    "The server's certificate has expired.": "Het certificaat van de server is verlopen.",
    "The server's certificate is not valid yet.": "Het certificaat van de server is nog niet geldig.",
    "The server's certificate was revoked.": "Het certificaat van de server is ingetrokken.",
    "The server's certificate is not accepted for this use.":
      "Het certificaat van de server wordt voor dit gebruik niet aanvaard.",
    "The server's certificate was not issued by an authority that is trusted here.": UNKNOWN_ISSUER,
    "The server's certificate has a wrong signature.": "Het certificaat van de server heeft een foute handtekening.",
    "The server's certificate is self-signed; give it as the endpoint's `ca` to trust it.":
      "Het certificaat van de server is zelfondertekend; geef het op als `ca` van de webhook om het te vertrouwen.",
    "The server's certificate cannot be verified; its intermediate certificate may be missing.":
      "Het certificaat van de server kan niet worden gecontroleerd; misschien ontbreekt het tussenliggende certificaat.",
    "The server's certificate was issued for another host name.":
      "Het certificaat van de server is uitgegeven voor een andere naam.",
    "The server did not finish the TLS handshake in time.":
      "De server maakte de opbouw van de beveiligde verbinding (TLS) niet op tijd af.",
    "The server refused the TLS handshake: it has no TLS version or cipher in common with Waybell, or asks for a client certificate.":
      "De server weigerde de TLS-handshake: hij heeft geen TLS-versie of versleuteling met Waybell gemeen, of vraagt een clientcertificaat.",
    "The server does not speak TLS on this port.": "De server spreekt geen TLS op deze poort.",
    "The server and Waybell have no TLS version or cipher in common.":
      "De server en Waybell hebben geen TLS-versie of versleuteling gemeen.",
  },
};
