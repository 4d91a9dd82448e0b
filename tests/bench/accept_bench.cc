// How many reports a second are accepted and on disk, over gRPC with the whole system in this
// process, beside what stores with the same durability and gRPC alone do in the same round: one at
// a time, with 64 under way, and as one stream.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "services/vaka/store.h"
#include "tests/bench/accept/grpc_loads.h"
#include "tests/bench/accept/peer_loads.h"
#include "tests/bench/rounds.h"
#include "tests/bench/system/usage.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/whole_system/whole_system.h"

namespace vaka::bench {
namespace {

constexpr size_t kUnderWay = 64;

constexpr char kReport[] = "Report, one at a time";
constexpr char kReports[] = "Report, 64 under way";
constexpr char kStream[] = "ReportMany, one stream, 64 reports a message";
constexpr char kStreamSingly[] = "ReportMany, one stream, a message a report";
constexpr char kStreamOn[] = "ReportMany, one stream, five times as long";
constexpr char kRedis1[] = "Redis, XADD one at a time";
constexpr char kRedis64[] = "Redis, XADD pipelined by 64";
constexpr char kRedis1024[] = "Redis, XADD pipelined by 1024";
constexpr char kEcho[] = "gRPC echo, one at a time";
constexpr char kEchoes[] = "gRPC echo, 64 under way";
constexpr char kAppend[] = "gRPC and an append, one at a time";
constexpr char kAppends[] = "gRPC and an append, 64 under way";
constexpr char kRabbit[] = "RabbitMQ, quorum queue, 64 unconfirmed";
constexpr char kNats[] = "NATS JetStream, on disk, 64 unacknowledged";
constexpr char kPostgres1[] = "PostgreSQL, one row a commit";
constexpr char kPostgres64[] = "PostgreSQL, 64 rows a commit";

class Accept final {
 public:
  // `only`: loads of ours whose row has these words; empty: all.
  Accept(absl::Duration length, std::string only) : length_(length), only_(std::move(only)) {}

  absl::Status Start() {
    if (absl::Status status = system_.Start(); !status.ok()) return status;
    if (absl::Status status = system_.Configure(); !status.ok()) return status;
    reports_ = std::make_unique<ReportLoads>(
        system_.channel(), system_.Token(options::v1::ROLE_BRIEFING_OFFICER, "polis", "police"),
        "load");
    if (absl::Status status = reports_->AwaitReady(); !status.ok()) return status;
    Add({kReport, [this] { return reports_->Unary(1, length_); }});
    Add({kReports, [this] { return reports_->Unary(kUnderWay, length_); }});
    Add({kStream, [this] { return reports_->Stream(length_); }});
    Add({kStreamSingly, [this] { return reports_->Stream(length_, 1); }});
    Add({kStreamOn, [this] { return reports_->Stream(5 * length_); }});
    StartStores();
    if (!Chosen("grpc")) return absl::OkStatus();
    echo_ = std::make_unique<EchoServer>();
    echoes_ = std::make_unique<ReportLoads>(echo_->NewChannel(), "nobody's", "echo");
    sides_.push_back({kEcho, [this] { return echoes_->Unary(1, length_); }});
    sides_.push_back({kEchoes, [this] { return echoes_->Unary(kUnderWay, length_); }});
    return StartAppends();
  }

  // Every load once, and the rows of one round. The order turns round with each round.
  absl::Status Round(Rounds& rounds) {
    const bool backwards = ++round_ % 2 == 0;
    loads_.clear();
    for (size_t i = 0; i < sides_.size(); ++i) {
      const Side& side = sides_[backwards ? sides_.size() - 1 - i : i];
      absl::StatusOr<Load> load = side.run();
      if (!load.ok()) {
        return absl::Status(load.status().code(),
                            absl::StrCat(side.row, ": ", load.status().message()));
      }
      loads_[side.row] = *std::move(load);
      if (absl::Status status = reports_->AwaitFolded(); !status.ok()) return status;
      // What is due after a load, snapshots above all, is not to be paid by the next side.
      AwaitQuiet(WithChildren(getpid()), clock_);
    }
    for (const Side& side : sides_) Show(side.row, loads_[side.row], rounds);
    Compare(rounds);
    return absl::OkStatus();
  }

  absl::Status Stop() { return system_.Stop(); }

 private:
  struct Side {
    std::string row;
    std::function<absl::StatusOr<Load>()> run;
  };

  void Add(Side side) {
    if (absl::StrContains(side.row, only_)) sides_.push_back(std::move(side));
  }

  // The least there is to accepting: a call and the product's log, and nobody who follows it.
  absl::Status StartAppends() {
    StoreOptions options;
    options.redis = own_redis_.url();
    VAKA_ASSIGN(store_, OpenStore(options, clock_));
    appender_ = std::make_unique<EchoServer>(store_->log.get());
    appends_ = std::make_unique<ReportLoads>(appender_->NewChannel(), "nobody's", "append");
    sides_.push_back({kAppend, [this] { return appends_->Unary(1, length_); }});
    sides_.push_back({kAppends, [this] { return appends_->Unary(kUnderWay, length_); }});
    return absl::OkStatus();
  }

  void StartStores() {
    if ((redis_ = StartChosen<RedisPeer>()) != nullptr) {
      raw_ = std::make_unique<RedisLoad>(*redis_);
      sides_.push_back({kRedis1, [this] { return raw_->Run(1, length_); }});
      sides_.push_back({kRedis64, [this] { return raw_->Run(kUnderWay, length_); }});
      sides_.push_back({kRedis1024, [this] { return raw_->Run(1024, length_); }});
    }
    if ((rabbit_ = StartChosen<RabbitPeer>()) != nullptr) {
      sides_.push_back({kRabbit, [this] { return RabbitLoad(*rabbit_, kUnderWay, length_); }});
    }
    if ((nats_ = StartChosen<NatsPeer>(NatsPeer::Keeps::kOnDisk)) != nullptr) {
      sides_.push_back({kNats, [this] { return NatsLoad(*nats_, kUnderWay, length_); }});
    }
    if ((postgres_ = StartChosen<PostgresPeer>()) != nullptr) {
      sides_.push_back({kPostgres1, [this] { return PostgresLoad(*postgres_, 1, length_); }});
      sides_.push_back(
          {kPostgres64, [this] { return PostgresLoad(*postgres_, kUnderWay, length_); }});
    }
  }

  static void Show(const std::string& row, const Load& load, Rounds& rounds) {
    rounds.Add(row, "/s", load.per_second);
    if (load.milliseconds.empty()) return;
    rounds.Add(row + ", p50", "ms", Quantile(load.milliseconds, 0.50));
    rounds.Add(row + ", p99", "ms", Quantile(load.milliseconds, 0.99));
  }

  // The ratios of this round, of sides that both ran.
  void Compare(Rounds& rounds) const {
    const auto median = [&](const char* row, const char* ours, const char* theirs,
                            std::optional<Target> target) {
      if (!loads_.contains(ours) || !loads_.contains(theirs)) return;
      rounds.Add(row, "ratio",
                 Quantile(loads_.at(ours).milliseconds, 0.50) /
                     Quantile(loads_.at(theirs).milliseconds, 0.50),
                 target);
    };
    median("Report / XADD, one at a time, p50", kReport, kRedis1, AtMost(2));
    median("gRPC and an append / XADD, one at a time, p50", kAppend, kRedis1, std::nullopt);
    median("Report / gRPC and an append, one at a time, p50", kReport, kAppend, std::nullopt);
    const auto rate = [&](const char* row, const char* ours, const char* theirs,
                          std::optional<Target> target) {
      if (!loads_.contains(ours) || !loads_.contains(theirs)) return;
      rounds.Add(row, "ratio", loads_.at(ours).per_second / loads_.at(theirs).per_second, target);
    };
    rate("Report / gRPC echo, 64 under way", kReports, kEchoes, AtLeast(0.5));
    rate("gRPC and an append / gRPC echo, 64 under way", kAppends, kEchoes, std::nullopt);
    rate("Report / gRPC and an append, 64 under way", kReports, kAppends, std::nullopt);
    rate("ReportMany / XADD pipelined by 64", kStream, kRedis64, AtLeast(0.5, /*aim=*/1.0));
    rate("ReportMany / RabbitMQ", kStream, kRabbit, AtLeast(1.5));
    rate("ReportMany, a message a report / XADD pipelined by 64", kStreamSingly, kRedis64,
         std::nullopt);
    rate("ReportMany, five times as long / RabbitMQ", kStreamOn, kRabbit, std::nullopt);
  }

  const absl::Duration length_;
  const std::string only_;
  WholeSystem system_{{}};
  std::unique_ptr<ReportLoads> reports_;
  std::unique_ptr<RedisPeer> redis_;  // each of these is null when it is left out
  std::unique_ptr<RedisLoad> raw_;
  std::unique_ptr<RabbitPeer> rabbit_;
  std::unique_ptr<NatsPeer> nats_;
  std::unique_ptr<PostgresPeer> postgres_;
  std::unique_ptr<EchoServer> echo_;
  std::unique_ptr<ReportLoads> echoes_;
  SystemClock clock_;
  redis::TestRedis own_redis_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<EchoServer> appender_;
  std::unique_ptr<ReportLoads> appends_;
  std::vector<Side> sides_;
  std::map<std::string, Load> loads_;  // of this round, by row
  int round_ = 0;
};

absl::Status Run(int rounds, double seconds, std::string only) {
  Accept accept(absl::Seconds(seconds), std::move(only));
  if (absl::Status status = accept.Start(); !status.ok()) return status;
  Rounds warm_up;
  if (absl::Status status = accept.Round(warm_up); !status.ok()) return status;
  Rounds measured;
  for (int i = 0; i < rounds; ++i) {
    if (absl::Status status = accept.Round(measured); !status.ok()) return status;
  }
  std::fputs(measured.Markdown().c_str(), stdout);
  // What was measured stands, however long the stop took.
  if (absl::Status status = accept.Stop(); !status.ok())
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the program does
  CLI::App app("Measures how many reports a second are accepted and on disk");
  int rounds = 5;
  double seconds = 2;
  app.add_option("--rounds", rounds, "Rounds; a row shows their median")->check(CLI::Range(1, 50));
  app.add_option("--seconds", seconds, "Length of one load in a round")
      ->check(CLI::Range(0.1, 60.0));
  std::string only;
  app.add_option("--only", only, "Of our own loads those whose row has these words");
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(rounds, seconds, std::move(only)));
}
