// A backup of the whole system under load, and its restore onto an empty machine.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "libs/rpc/unary.h"
#include "services/vaka/folds.h"
#include "services/vaka/store.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/support/vaka_process/vaka_process.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::fault {
namespace {

using log::Stream;
using testing::HasSubstr;

class BackupHouseTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& redis) {
    StoreOptions options;
    options.redis = redis;
    return OpenStore(options, clock_);
  }
  // The states of every fold, made anew from the log's first facts.
  static std::map<std::string, std::string> Fold(log::Log& log, Stream stream, uint64_t to) {
    std::map<std::string, std::string> states;
    const std::vector<log::Entry> entries = *log.Read(House::kKommun, stream, 0, to);
    EXPECT_EQ(entries.size(), to);
    for (const FoldKind& kind : AllFolds()) {
      if (kind.stream != stream) continue;
      const std::unique_ptr<fold::Fold> fold = kind.make();
      for (const log::Entry& entry : entries) {
        event::v1::Event event;
        EXPECT_TRUE(entry.intact && event.ParseFromString(entry.bytes));
        event.set_seq(entry.seq);
        EXPECT_TRUE(fold->Apply(event).ok());
      }
      states[kind.name] = fold->Serialize();
    }
    return states;
  }
  static intake::v1::ReportRequest RequestWith(const Town& town, const std::string& key) {
    intake::v1::ReportRequest request;
    request.set_kommun(House::kKommun);
    request.set_idempotency_key(key);
    *request.mutable_submission() = town.ReportIn(0, 2, 1);
    return request;
  }
  absl::StatusOr<intake::v1::ReportResponse> Report(const std::shared_ptr<grpc::Channel>& channel,
                                                    const std::string& authorization,
                                                    const Town& town, const std::string& key) {
    const intake::v1::ReportRequest request = RequestWith(town, key);
    intake::v1::ReportResponse response;
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(30)));
    context.AddMetadata("authorization", authorization);
    const absl::Status status = rpc::FromGrpc(
        intake::v1::IntakeService::NewStub(channel)->Report(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  static uint64_t Head(Store& store, Stream stream) {
    return *store.log->Head(House::kKommun, stream);
  }

  SystemClock clock_;
  History history_{clock_};
  redis::TempFolder folder_;
};

TEST_F(BackupHouseTest, RestoredOntoAnEmptyMachineItGoesOnFromTheBackup) {
  House house({}, history_);
  ASSERT_TRUE(house.Start().ok());
  Load load(house, {.seed = Seed()});
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(50));
  const std::unique_ptr<Store> was = *Open(house.redis_url());
  intake::v1::ReportResponse first;
  intake::v1::ReportRequest request = RequestWith(house.town(), "before the backup");
  ASSERT_TRUE(house.NewCaller("before").Do(request, &first, Coordinator()).ok());

  const uint64_t before = Head(*was, Stream::kFacts);
  const uint64_t acknowledged = load.counts().acknowledged;
  const std::string file = folder_.path() + "/one.backup";
  std::string output;
  ASSERT_EQ(
      RunVaka({"backup", file, "--redis=" + house.redis_url(), "--data=" + house.data()}, &output),
      0)
      << output;
  EXPECT_THAT(output, HasSubstr("master.key is not in it"));
  EXPECT_TRUE(load.AwaitAcknowledged(30)) << "nothing waited for it";
  load.Stop();
  CloseAndJudge(house, Seed(), "before");

  // The empty machine: a data folder with the keys, as the runbook says, and nothing else.
  const std::string data = folder_.path() + "/data";
  std::filesystem::create_directories(data);
  std::filesystem::copy(house.data() + "/keys", data + "/keys",
                        std::filesystem::copy_options::recursive);
  ASSERT_EQ(RunVaka({"restore", file, "--data=" + data}, &output), 0) << output;
  EXPECT_THAT(output, HasSubstr("0 findings"));
  std::cout << output;

  const auto again =
      VakaProcess::Start({.arguments = {"run", "--data=" + data, "--http=127.0.0.1:0",
                                        "--grpc=127.0.0.1:0", "--metrics=127.0.0.1:0"}});
  ASSERT_TRUE(again.ok()) << again.status();
  const std::unique_ptr<Store> is = *Open(PrivateRedisUrl(data));
  for (const Stream stream : {Stream::kFacts, Stream::kDeliveries}) {
    const std::vector<log::Entry> all = *is->log->Read(House::kKommun, stream, 0, 1000000);
    // What was put in beyond the backup is the restore's own.
    uint64_t head = all.size();
    const std::vector<log::Entry> old = *was->log->Read(House::kKommun, stream, 0, all.size());
    while (head > 0 && (head > old.size() || all[head - 1].bytes != old[head - 1].bytes)) --head;
    if (stream == Stream::kFacts) {
      EXPECT_GE(head, before) << "what was acknowledged before the backup is in it";
    }
    EXPECT_EQ(Fold(*is->log, stream, head), Fold(*was->log, stream, head));
  }
  EXPECT_EQ(
      RunVaka({"check", "--data=" + data, "--peer=" + (*again)->AddressAfter("gRPC ")}, &output), 0)
      << output;

  // A command from before the backup is recognised, and another is taken.
  const auto channel =
      grpc::CreateChannel((*again)->AddressAfter("gRPC "), grpc::InsecureChannelCredentials());
  const auto repeated =
      Report(channel, house.Authorization(Coordinator()), house.town(), "before the backup");
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->incident(), first.incident());
  EXPECT_EQ(repeated->seq(), first.seq());
  const uint64_t head = Head(*is, Stream::kFacts);
  const auto other = Report(channel, house.Authorization(Coordinator()), house.town(), "another");
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_GT(other->seq(), head);
  ReportCounts({{"acknowledged_before_backup", acknowledged}, {"facts_restored", before}}, Seed());
  EXPECT_EQ((*again)->Stop(), 0);
}

}  // namespace
}  // namespace vaka::fault
