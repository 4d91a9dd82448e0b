// How long it takes until a message has reached the last of many who listen, and how many
// deliveries a second go out: a report at people's live streams at the gateway beside brokers that
// carry a message of the same size. One process publishes and listens, so there is one clock.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "tests/bench/fanout/audience.h"
#include "tests/bench/fanout/medium.h"
#include "tests/bench/fanout/peers.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/rounds.h"

namespace vaka::bench {
namespace {

constexpr int kWarmUp = 5;
constexpr absl::Duration kBetween = absl::Milliseconds(20);
constexpr absl::Duration kLimit = absl::Minutes(2);

struct Settings {
  int rounds = 3;
  int messages = 30;
  uint64_t burst = 500;
  std::vector<size_t> sizes = {430, 2000};
};

// The servers of others that run, in what follows they are media like any other.
struct Peers {
  std::unique_ptr<MosquittoPeer> mosquitto = StartChosen<MosquittoPeer>();
  std::unique_ptr<RabbitPeer> rabbit = StartChosen<RabbitPeer>();
  std::unique_ptr<NatsPeer> nats = StartChosen<NatsPeer>();
  std::unique_ptr<PubSubPeer> redis = StartChosen<PubSubPeer>();
};

int PortOf(const std::string& url) {
  int port = 0;
  return absl::SimpleAtoi(url.substr(url.rfind(':') + 1), &port) ? port : 0;
}

// Of one medium in one round.
struct Measured {
  std::vector<double> sent_to_last;          // milliseconds, a value a message
  std::vector<double> acknowledged_to_last;  // below zero where the last had it before
  std::optional<double> deliveries_per_second;
};

absl::StatusOr<Measured> Measure(Medium& medium, size_t size, const Settings& settings,
                                 Clock& clock) {
  Audience audience(clock);
  VAKA_RETURN_IF_ERROR(audience.Connect(medium.port(), size, medium.bounds_addresses(),
                                        [&](size_t n) { return medium.NewSubscriber(n); }));
  Measured measured;
  uint64_t message = 0;
  for (int i = 0; i < kWarmUp + settings.messages; ++i, ++message) {
    VAKA_ASSIGN(const Published published, medium.Publish());
    VAKA_ASSIGN(const absl::Time last, audience.AwaitMessage(message, kLimit));
    VAKA_RETURN_IF_ERROR(medium.AwaitRest());
    clock.SleepFor(kBetween, std::stop_token());  // none rides on another's wake
    if (i < kWarmUp) continue;
    measured.sent_to_last.push_back(absl::ToDoubleMilliseconds(last - published.sent));
    measured.acknowledged_to_last.push_back(
        absl::ToDoubleMilliseconds(last - published.acknowledged));
  }
  if (!medium.sustained()) return measured;
  const absl::Time begin = clock.Steady();
  VAKA_RETURN_IF_ERROR(medium.PublishMany(settings.burst));
  VAKA_ASSIGN(const absl::Time end, audience.AwaitMessage(message + settings.burst - 1, kLimit));
  measured.deliveries_per_second =
      static_cast<double>(settings.burst * size) / absl::ToDoubleSeconds(end - begin);
  return measured;
}

class FanOut final {
 public:
  explicit FanOut(const Settings& settings) : settings_(settings) {}

  absl::Status Run() {
    VAKA_RETURN_IF_ERROR(Start());
    for (const size_t size : settings_.sizes) {
      for (int round = 0; round < settings_.rounds; ++round)
        VAKA_RETURN_IF_ERROR(Round(size, round));
    }
    std::fputs(rounds_.Markdown().c_str(), stdout);
    return absl::OkStatus();
  }

 private:
  absl::Status Start() {
    for (const bool alerts : {false, true}) {
      VAKA_ASSIGN(std::unique_ptr<Medium> vaka, StartVaka(alerts));
      media_.push_back(std::move(vaka));
    }
    if (peers_.mosquitto != nullptr)
      media_.push_back(MakeMosquitto(peers_.mosquitto->port(), clock_));
    if (peers_.rabbit != nullptr) media_.push_back(MakeRabbit(peers_.rabbit->port(), clock_));
    if (peers_.nats != nullptr) media_.push_back(MakeNats(PortOf(peers_.nats->url()), clock_));
    if (peers_.redis != nullptr) media_.push_back(MakeRedis(peers_.redis->port(), clock_));
    for (const auto& medium : media_) VAKA_RETURN_IF_ERROR(medium->Prepare());
    return absl::OkStatus();
  }

  // Each once, who begins changes.
  absl::Status Round(size_t size, int round) {
    std::vector<Measured> all(media_.size());
    for (size_t i = 0; i < media_.size(); ++i) {
      const size_t turn = (i + static_cast<size_t>(round)) % media_.size();
      auto measured = Measure(*media_[turn], size, settings_, clock_);
      if (!measured.ok()) {
        return absl::Status(measured.status().code(),
                            absl::StrCat(media_[turn]->name(), " with ", size,
                                         " listeners: ", measured.status().message()));
      }
      all[turn] = *std::move(measured);
    }
    for (size_t i = 0; i < media_.size(); ++i) Show(media_[i]->name(), size, all[i]);
    Compare(size, all);
    return absl::OkStatus();
  }

  void Show(const std::string& name, size_t size, const Measured& measured) {
    const std::string to = absl::StrCat(" → last of ", size);
    rounds_.Add(name + ", sent" + to + ", p50", "ms", Quantile(measured.sent_to_last, 0.5));
    rounds_.Add(name + ", acknowledged" + to + ", p50", "ms",
                Quantile(measured.acknowledged_to_last, 0.5));
    rounds_.Add(name + ", acknowledged" + to + ", p99", "ms",
                Quantile(measured.acknowledged_to_last, 0.99));
    if (measured.deliveries_per_second.has_value())
      rounds_.Add(absl::StrCat(name, ", deliveries to ", size), "/s",
                  *measured.deliveries_per_second);
  }

  // Ratios of the round; the two forms of the product come first. What is compared with a broker's
  // whole way begins at our acknowledgement: until then we write to disk, which they do not. When a
  // broker acknowledges says nothing of its deliveries: most do so after the last has gone out.
  void Compare(size_t size, const std::vector<Measured>& all) {
    const std::string last = absl::StrCat("last of ", size);
    for (size_t i = 2; i < all.size(); ++i) {
      const std::string& peer = media_[i]->name();
      const double theirs = Quantile(all[i].sent_to_last, 0.5);
      for (size_t own = 0; own < 2; ++own) {
        const std::string& vaka = media_[own]->name();
        rounds_.Add(absl::StrCat(vaka, ", acknowledged → ", last, " / ", peer, ", sent → last"),
                    "ratio", Quantile(all[own].acknowledged_to_last, 0.5) / theirs,
                    TargetBeside(peer));
        rounds_.Add(absl::StrCat(vaka, ", sent → ", last, " / ", peer, ", sent → last"), "ratio",
                    Quantile(all[own].sent_to_last, 0.5) / theirs);
      }
      if (!all[i].deliveries_per_second.has_value()) continue;
      rounds_.Add(absl::StrCat(media_[0]->name(), " / ", peer, ", deliveries to ", size), "ratio",
                  *all[0].deliveries_per_second / *all[i].deliveries_per_second,
                  peer == "Mosquitto QoS 1" ? std::optional(AtLeast(2)) : std::nullopt);
    }
  }

  static std::optional<Target> TargetBeside(const std::string& peer) {
    if (peer == "Mosquitto QoS 1") return AtMost(0.7);
    if (peer == "RabbitMQ") return AtMost(0.5);
    return AtMost(0.9);  // what forgets whoever was away: to be reached after the others
  }

  const Settings& settings_;
  SystemClock clock_;
  Peers peers_;
  std::vector<std::unique_ptr<Medium>> media_;
  Rounds rounds_;
};

// Thousands of connections here and at each server, which takes it over from us.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  CLI::App app("Measures how fast a message reaches the last of many who listen");
  vaka::bench::Settings settings;
  app.add_option("--rounds", settings.rounds, "Rounds of each size")->check(CLI::Range(1, 10));
  app.add_option("--messages", settings.messages, "Messages one at a time, a round")
      ->check(CLI::Range(1, 30));
  app.add_option("--burst", settings.burst, "Messages as fast as they go, a round");
  app.add_option("--listeners", settings.sizes, "How many listen")->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  vaka::bench::RaiseFileLimit();
  return vaka::bench::ExitCode(vaka::bench::FanOut(settings).Run());
}
