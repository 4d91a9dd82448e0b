#include <map>
#include <vector>

#include "services/demo/history.h"

namespace vaka::demo {
namespace {

// What a reporter might write about the place.
const std::map<std::string, std::vector<const char*>>& Texts() {
  static const auto& texts = *new std::map<std::string, std::vector<const char*>>{
      {"bostadsinbrott_smahus",
       {"Altandörren uppbruten under dagen.", "Fönster på baksidan krossat, genomsökt hus."}},
      {"bostadsinbrott_lagenhet",
       {"Lägenhetsdörren bruten, bottenvåningen.", "Balkongdörren uppbruten."}},
      {"inbrott_kallare_vind", {"Flera källarförråd uppbrutna.", "Hänglås avklippta på vinden."}},
      {"stold_ur_fran_fordon",
       {"Sidoruta krossad på parkeringen.", "Katalysator stulen under natten."}},
      {"skadegorelse_fordon", {"Repad lack på flera bilar.", "Backspeglar sparkade av på gatan."}},
      {"fordonstillgrepp", {"Bil stulen från gästparkeringen.", "Moped borta från cykelrummet."}},
      {"klotter",
       {"Nytt klotter på gaveln och i tunneln.", "Klotter på skolans vägg, ungefär tio meter."}},
      {"annan_skadegorelse", {"Krossad ruta i entrén.", "Sönderslagen lekställning."}},
      {"misshandel_offentlig",
       {"Bråk på torget, polis på plats.", "Slagsmål vid busshållplatsen."}},
      {"ran", {"Rån vid gångtunneln.", "Personrån nära tunnelbanan."}},
      {"cykelstold", {"Två cyklar stulna ur låst cykelrum.", "Elcykel stulen vid stationen."}},
      {"narkotika_ingripande", {"Ingripande i centrum.", "Fynd i buskage vid parken."}},
      {"oppen_droghandel_obs",
       {"Misstänkt försäljning vid bänkarna.", "Återkommande möten vid garagenedfarten."}},
      {"ordningsstorning_ungdom",
       {"Stor samling vid centrum, högljutt.", "Raketer skjuts mellan husen."}},
      {"buskorning", {"Mopeder kör fort på gångvägen.", "Crossar på bollplanen."}},
      {"nedskrapning_trasig_belysning",
       {"Belysningen släckt längs gångvägen.", "Soprum överfullt, skräp utanför."}},
      {"anlagd_brand", {"Brand i container, släckt.", "Papperskorgar antända vid skolan."}},
      {"markbrand",
       {"Gräsbrand vid dungen, släckt.", "Rök från slänten, räddningstjänst på plats."}},
      {"hot_vald_mot_personal",
       {"Hotfull situation vid servicekontoret.", "Personal i receptionen hotad."}},
      {"otrygg_plats_upplevd",
       {"Många undviker gångtunneln efter mörkrets inbrott.",
        "Mörkt och otryggt vid parkeringen."}},
      {"misstankt_person_fordon",
       {"Okänd skåpbil kör sakta genom området.", "Någon känner på dörrar i radhuslängan."}},
      {"skottlossning_sprangning",
       {"Kraftig smäll, polis har spärrat av.",
        "Avspärrning i området, följ polisens anvisningar."}},
  };
  return texts;
}

}  // namespace

std::string TextFor(const std::string& kind, Random& random) {
  const auto found = Texts().find(kind);
  return found == Texts().end() ? "" : found->second[random.Below(found->second.size())];
}

}  // namespace vaka::demo
