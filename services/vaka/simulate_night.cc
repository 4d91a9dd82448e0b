#include "services/vaka/simulate_night.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "services/demo/random.h"
#include "services/notifications/engine.h"
#include "services/notifications/plan.h"
#include "services/notifications/policy.h"
#include "services/vaka/simulate_alerts.h"
#include "services/vaka/simulate_stations.h"

namespace vaka::simulate {
namespace {

using demo::Random;
using notifications::Occasion;
using notifications::Recipient;

// What the product does at fixed intervals: the page reads again, callers try again.
constexpr absl::Duration kRefresh = absl::Milliseconds(400);  // dashboard/src/live/refresher.ts
constexpr absl::Duration kRetry = absl::Seconds(1);           // libs/rpc/gate.cc
constexpr absl::Duration kDay = absl::Hours(24);
constexpr int kPart = static_cast<int>(notifications::kPlanLimit);

// Who is told in an area, by how they are reached.
struct Told {
  int sms = 0;
  int mail = 0;
};

struct Area {
  AreaAlerts alerts;
  Told told;  // of the newest alert: those who hear of what joins it
};

struct Municipality {
  absl::flat_hash_map<int, Area> areas;  // those that something happened in
  std::set<int> digest;                  // areas in which something waits
  std::map<absl::Time, Told> held;       // by when they are let go
  bool releasing = false;
  absl::Time refreshed = absl::InfinitePast();
};

class Runner {
 public:
  Runner(const Load& load, const NightOptions& options)
      : load_(load),
        options_(options),
        costs_(options.costs),
        events_(load.start),
        stations_(events_, options),
        people_(Random::For(options.seed, "people")),
        towns_(static_cast<size_t>(options.place.municipalities)),
        areas_(AreasOf(options.place, options.costs)),
        sms_(Person(registry::v1::CHANNEL_SMS)),
        mail_(Person(registry::v1::CHANNEL_EMAIL)) {}

  Night Run() {
    night_.start = load_.start;
    night_.end = load_.end;
    for (const Arrival& arrival : load_.waiting) Waits(arrival);
    for (const Arrival& arrival : load_.reports)
      events_.At(arrival.at, [this, &arrival] { Report(arrival, arrival.at, 0); });
    const uint32_t digest = options_.rules.digest_minute();
    for (absl::Time at = notifications::NextMinuteOfDay(digest, options_.zone, load_.start);
         at < load_.end; at += kDay) {
      events_.At(at, [this] { Digest(); });
    }
    if (load_.message < load_.end) events_.At(load_.message, [this] { Message(); });
    Look();
    events_.RunUntil(load_.end);
    night_.reports = load_.reports.size();
    night_.rows = stations_.Take();
    return std::move(night_);
  }

 private:
  static Recipient Person(registry::v1::Channel channel) {
    Recipient person;
    person.consent = true;
    person.preferences.add_channels()->set_channel(channel);
    return person;
  }

  Municipality& Town(int m) { return towns_[static_cast<size_t>(m)]; }

  // A caller at the gateway; again some times where it is refused.
  void Report(const Arrival& arrival, absl::Time first, int tried) {
    const bool in = stations_.Request(costs_.gateway_request_us, [this, &arrival, first, tried] {
      const absl::Time entered = events_.now();
      const bool let_in = stations_.Accept([this, &arrival, first, tried, entered] {
        const bool written =
            stations_.Append(arrival.municipality, 1, [this, &arrival, first, entered] {
              stations_.Answered(entered);
              ++night_.accepted;
              night_.accept.Add(events_.now() - first);
              Fact(arrival.municipality);
              Heard(arrival);
            });
        if (written) return;
        stations_.Turned();
        Again(arrival, first, tried);
      });
      if (!let_in) Again(arrival, first, tried);
    });
    if (!in) Again(arrival, first, tried);
  }

  void Again(const Arrival& arrival, absl::Time first, int tried) {
    if (tried + 1 >= static_cast<int>(costs_.tries)) {
      ++night_.given_up;
      return;
    }
    const absl::Duration wait = kRetry * std::pow(2, tried) * people_.Uniform(1, 2);
    events_.After(wait, [this, &arrival, first, tried] { Report(arrival, first, tried + 1); });
  }

  // On disk: the folds, the pages and the planner get it.
  void Fact(int m) {
    ++night_.facts;
    stations_.Fold(/*delivery=*/false);
    stations_.Plan(costs_.look_us, nullptr);
    Shown(m);
  }

  void Delivered(int m, double facts) {
    night_.deliveries += static_cast<uint64_t>(facts);
    // A full queue holds the outbox's functions up, which try again; a report it refuses.
    stations_.Append(m, facts, nullptr);
    for (int i = 0; i < static_cast<int>(facts); ++i) stations_.Fold(/*delivery=*/true);
    Shown(m);
  }

  double Pages() const {
    const double people =
        static_cast<double>(options_.place.people) / options_.place.municipalities;
    return costs_.staff_pages + costs_.page_share * people;
  }

  // Every open page gets the fact, and reads again what it made old, not more often than so.
  void Shown(int m) {
    stations_.Live(Pages());
    Municipality& town = Town(m);
    if (town.refreshed > events_.now()) return;
    town.refreshed = std::max(events_.now(), town.refreshed + kRefresh);
    events_.At(town.refreshed, [this] {
      const int queries = static_cast<int>(Pages() * costs_.queries_a_refresh);
      for (int i = 0; i < queries; ++i)
        stations_.Request(costs_.gateway_query_us, [this] { stations_.Query(nullptr); });
    });
  }

  void Waits(const Arrival& arrival) {
    if (arrival.severity < options_.rules.now_severity())
      Town(arrival.municipality).digest.insert(arrival.area);
  }

  void Heard(const Arrival& arrival) {
    Waits(arrival);
    if (arrival.severity < options_.rules.now_severity()) return;
    const absl::Time now = events_.now();
    if (load_.out_from <= now && now < load_.out_to && people_.Chance(costs_.dispatch_share)) {
      stations_.Patrol(arrival.municipality,
                       absl::Minutes(people_.Lognormal(costs_.stop_minutes, 0.5)));
    }
    Area& area = Town(arrival.municipality).areas[arrival.area];
    area.alerts.Heard(now, arrival.severity);
    stations_.Plan(costs_.plan_us,
                   [this, m = arrival.municipality, a = arrival.area] { Raise(m, a); });
  }

  static Occasion OccasionOf(const AreaAlerts::Step& step) {
    Occasion occasion;
    occasion.severity = step.severity;
    occasion.grouped = !step.raised;
    return occasion;
  }

  // The planner's turn for an area.
  void Raise(int m, int a) {
    Area& area = Town(m).areas[a];
    for (const AreaAlerts::Step& step : area.alerts.Round(options_.rules, events_.now())) {
      stations_.Append(m, 1, [this, m] { Fact(m); });
      if (step.raised) {
        area.told = Tell(m, Contacts(m, a), OccasionOf(step), false);
      } else {
        Tell(m, area.told, OccasionOf(step), true);
      }
    }
    const absl::Time next = area.alerts.Next(options_.rules);
    if (next == absl::InfiniteFuture() || next <= events_.now()) return;
    events_.At(next,
               [this, m, a] { stations_.Plan(costs_.plan_us, [this, m, a] { Raise(m, a); }); });
  }

  // An area's contact persons who consent; the same ones each time.
  Told Contacts(int m, int a) const {
    Random random(options_.seed ^ (static_cast<uint64_t>(m) << 32) ^ static_cast<uint64_t>(a));
    const double whole = std::floor(costs_.people_an_area);
    int people = static_cast<int>(whole) + (random.Chance(costs_.people_an_area - whole) ? 1 : 0);
    Told told;
    for (; people > 0; --people) {
      if (!random.Chance(costs_.consent_share)) continue;
      ++(random.Chance(costs_.sms_share) ? told.sms : told.mail);
    }
    return told;
  }

  // Plans one alert for these people, in parts; who is told now.
  Told Tell(int m, const Told& people, const Occasion& occasion, bool before) {
    const int all = people.sms + people.mail;
    if (all == 0) return {};
    Told now;
    for (const bool sms : {true, false}) {
      const int count = sms ? people.sms : people.mail;
      Recipient person = sms ? sms_ : mail_;
      if (before) person.told_on = person.preferences.channels(0).channel();
      const notifications::Plan plan =
          PlanFor(person, occasion, options_.rules, options_.zone, events_.now());
      if (plan.state == notifications::DELIVERY_STATE_PLANNED) {
        (sms ? now.sms : now.mail) += count;
      } else if (plan.state == notifications::DELIVERY_STATE_HELD && count > 0) {
        Told& held = Town(m).held[plan.due];
        (sms ? held.sms : held.mail) += count;
        night_.held += static_cast<uint64_t>(count);
        events_.At(plan.due, [this, m] { Release(m); });
      }
    }
    Told left = now;
    for (int rest = all; rest > 0; rest -= kPart) {
      const int part = std::min(rest, kPart);
      stations_.Plan(part * costs_.plan_recipient_us, [this, m, go = Some(left, kPart)] {
        Delivered(m, 1);  // one fact plans them all
        Send(m, go);
      });
    }
    return now;
  }

  // At most so many, and takes them off.
  static Told Some(Told& people, int most) {
    Told some;
    some.sms = std::min(people.sms, most);
    some.mail = std::min(people.mail, most - some.sms);
    people.sms -= some.sms;
    people.mail -= some.mail;
    return some;
  }

  // What was held goes so many in a round; who has more begins another behind those who wait.
  void Release(int m) {
    Municipality& town = Town(m);
    if (town.releasing || town.held.empty() || town.held.begin()->first > events_.now()) return;
    Told& held = town.held.begin()->second;
    const Told part = Some(held, static_cast<int>(notifications::kReleaseLimit));
    if (held.sms + held.mail == 0) town.held.erase(town.held.begin());
    town.releasing = true;
    const int count = part.sms + part.mail;
    stations_.Plan(count * costs_.release_us, [this, m, part, count] {
      Delivered(m, count);
      Send(m, part);
      Town(m).releasing = false;
      Release(m);
    });
  }

  void Send(int m, const Told& people) {
    for (const bool sms : {true, false}) {
      for (int i = sms ? people.sms : people.mail; i > 0; --i) {
        stations_.Send(sms, [this, m, sms, since = events_.now()] {
          ++night_.messages;
          night_.tell.Add(events_.now() - since);
          Delivered(m, 1);
          if (sms) Later(m, 5 / 60.0, costs_.receipt_us, /*delivery=*/true);
          if (people_.Chance(costs_.answer_share))
            Later(m, costs_.answer_minutes, costs_.gateway_request_us, /*delivery=*/false);
        });
      }
    }
  }

  // What a message brings back: the provider's receipt, the recipient's tap.
  void Later(int m, double minutes, double us, bool delivery) {
    events_.After(absl::Minutes(people_.Lognormal(minutes, 1)), [this, m, us, delivery] {
      stations_.Request(us, [this, m, delivery] {
        if (delivery) {
          Delivered(m, 1);
        } else {
          stations_.Append(m, 1, [this, m] { Fact(m); });
        }
      });
    });
  }

  void Digest() {
    for (int m = 0; m < options_.place.municipalities; ++m) {
      for (const int a : std::exchange(Town(m).digest, {})) {
        stations_.Plan(costs_.plan_us, [this, m, a] {
          stations_.Append(m, 1, [this, m] { Fact(m); });
          Occasion digest;
          digest.kind = notifications::ALERT_KIND_DIGEST;
          digest.severity = options_.rules.now_severity() - 1;
          Tell(m, Contacts(m, a), digest, false);
        });
      }
    }
  }

  // Every coordinator to everybody, in their own words: waits to be undone.
  void Message() {
    for (int m = 0; m < options_.place.municipalities; ++m) {
      Told everybody;
      for (int a = 0; a < areas_; ++a) {
        const Told some = Contacts(m, a);
        everybody.sms += some.sms;
        everybody.mail += some.mail;
      }
      stations_.Plan(costs_.plan_us, [this, m, everybody] {
        stations_.Append(m, 1, [this, m] { Fact(m); });
        Occasion own;
        own.kind = notifications::ALERT_KIND_MESSAGE;
        own.severity = options_.rules.now_severity();
        own.not_before = events_.now() + notifications::kUndo;
        Tell(m, everybody, own, false);
      });
    }
  }

  // Once a second the planner looks at every municipality.
  void Look() {
    stations_.Plan(options_.place.municipalities * costs_.look_us, nullptr);
    events_.After(notifications::kEngineLook, [this] { Look(); });
  }

  const Load& load_;
  const NightOptions& options_;
  const Costs& costs_;
  sim::Events events_;
  Stations stations_;
  Random people_;
  std::vector<Municipality> towns_;
  const int areas_;
  const Recipient sms_;
  const Recipient mail_;
  Night night_;
};

}  // namespace

double Row::Utilisation() const {
  const absl::Duration passed = tally.window * static_cast<double>(tally.windows.size());
  if (passed == absl::ZeroDuration()) return 0;
  return absl::FDivDuration(tally.busy, passed * tally.servers);
}

double Row::Busiest() const {
  double busiest = 0;
  for (const sim::Tally::Window& window : tally.windows)
    busiest = std::max(busiest, absl::FDivDuration(window.busy, tally.window * tally.servers));
  return busiest;
}

const Row* Night::Bottleneck() const {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.Saturated(); });
  return found == rows.end() ? nullptr : &*found;
}

Night Simulate(const Load& load, const NightOptions& options) {
  return Runner(load, options).Run();
}

}  // namespace vaka::simulate
