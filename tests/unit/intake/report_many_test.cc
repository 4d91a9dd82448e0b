#include "services/intake/report_many.h"

#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "services/intake/report_many_writer.h"
#include "tests/unit/intake/service_fixture.h"

namespace vaka::intake {
namespace {

using options::v1::ROLE_SYSTEM;

class ReportManyTest : public IntakeServiceTest {
 protected:
  static v1::ReportItem Importing(const std::string& ref, const std::string& text) {
    v1::ReportItem item;
    item.set_idempotency_key(ref);
    *item.mutable_submission() = Saying("", text).submission();
    item.mutable_submission()->set_source_ref(ref);
    return item;
  }

  absl::StatusOr<v1::ReportManyResponse> Stream(const std::vector<v1::ReportItem>& items,
                                                int in_a_message = 64) {
    v1::ReportManyRequest request;
    request.set_kommun("0127");
    std::vector<v1::ReportManyRequest> messages;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i % static_cast<size_t>(in_a_message) == 0) messages.push_back(request);
      *messages.back().add_items() = items[i];
    }
    return StreamMessages(messages);
  }

  absl::StatusOr<v1::ReportManyResponse> StreamMessages(
      const std::vector<v1::ReportManyRequest>& messages) {
    v1::ReportManyResponse response;
    const auto context = process_.As(ROLE_SYSTEM, "police");
    const auto writer = process_.stub->ReportMany(context.get(), &response);
    for (const v1::ReportManyRequest& message : messages) {
      if (!writer->Write(message)) break;
    }
    writer->WritesDone();
    const absl::Status status = rpc::FromGrpc(writer->Finish());
    if (!status.ok()) return status;
    return response;
  }
};

TEST_F(ReportManyTest, SkipsBadItemsByIndex) {
  std::vector<v1::ReportItem> items;
  for (int i = 0; i < 1500; ++i) items.push_back(Importing("ref:" + std::to_string(i), "Klotter"));
  items[0].mutable_submission()->clear_category();
  items[7].mutable_submission()->set_text("Ring 070-123 45 67");
  items[700].mutable_submission()->set_category("nonsense");
  items[900] = items[899];  // repeated
  items[901] = items[899];  // and edited
  items[901].set_idempotency_key("other");
  items[901].mutable_submission()->set_text("Mer klotter");
  const uint64_t before = process_.log.appends();
  const auto response = Stream(items);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->reported(), 1495u);
  EXPECT_EQ(response->corrected(), 1u);
  EXPECT_EQ(response->unchanged(), 1u);
  EXPECT_EQ(response->refused(), 3u);
  EXPECT_EQ(response->seq(), process_.Head());
  ASSERT_EQ(response->problems_size(), 3);
  std::map<uint32_t, std::string> fields;
  for (const v1::RefusedItem& item : response->problems()) fields[item.index()] = item.field();
  EXPECT_EQ(fields,
            (std::map<uint32_t, std::string>{
                {0, "submission.category"}, {7, "submission.text"}, {700, "submission.category"}}));
  EXPECT_LT(process_.log.appends() - before, 1495u) << "several reports share an append";
  EXPECT_TRUE(process_.log.parked().empty());

  const std::string state = process_.Settled();
  items[901] = items[899];
  items[901].mutable_submission()->set_text("Mer klotter");
  items[899] = items[900] = items[901];
  const auto again = Stream(items);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->reported() + again->corrected(), 0u);
  EXPECT_EQ(process_.Settled(), state) << "a second run changes nothing";
}

TEST_F(ReportManyTest, RefusesTheItemsOfAMessageOfAnotherMunicipality) {
  std::vector<v1::ReportManyRequest> messages(4);
  for (size_t i = 0; i < messages.size(); ++i) {
    *messages[i].add_items() = Importing(absl::StrCat("ref:", i, "a"), "Klotter");
    *messages[i].add_items() = Importing(absl::StrCat("ref:", i, "b"), "Klotter");
  }
  messages[0].set_kommun("0127");
  messages[1].set_kommun("0180");
  messages[3].clear_items();
  const auto response = StreamMessages(messages);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->reported(), 4u) << "the third one's too, which names none";
  ASSERT_EQ(response->problems_size(), 2);
  EXPECT_EQ(response->problems(0).index(), 2u);
  EXPECT_EQ(response->problems(1).index(), 3u);
  EXPECT_EQ(response->problems(1).field(), "kommun");
}

TEST_F(ReportManyTest, EndsAtAMessageWithTooManyItemsAndKeepsWhatCameBefore) {
  std::vector<v1::ReportManyRequest> messages(2);
  messages[0].set_kommun("0127");
  *messages[0].add_items() = Importing("ref:first", "Klotter");
  for (int i = 0; i <= MostInAMessage(); ++i) {
    *messages[1].add_items() = Importing(absl::StrCat("ref:", i), "Klotter");
  }
  const absl::Status status = StreamMessages(messages).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "items: 257 items given, at most 256 allowed");
  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  messages[1].mutable_items()->RemoveLast();
  EXPECT_EQ(StreamMessages(messages)->reported(), 256u);
}

// Batches are under way beside each other, but never two with the same incident.
TEST_F(ReportManyTest, KeepsTheOrderOfWhatIsSaidOfOneIncident) {
  constexpr int kEdits = 12;
  // Every other batch takes long to screen, so that the next would overtake it.
  std::string slow;
  while (slow.size() < 1900) slow += "Annat ";
  std::vector<v1::ReportItem> items;
  for (int edit = 0; edit < kEdits; ++edit) {
    items.push_back(Importing("edited", "Klotter " + std::to_string(edit)));
    items.back().set_idempotency_key("edited " + std::to_string(edit));
    for (int i = 0; i < 100; ++i) {
      items.push_back(
          Importing(absl::StrCat("ref:", edit, ":", i), edit % 2 == 0 ? slow : "Annat"));
    }
  }
  const auto response = Stream(items);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->reported(), 100u * kEdits + 1);
  EXPECT_EQ(response->corrected(), kEdits - 1u);
  std::vector<std::string> edited;
  const v1::ListResponse list = List();
  for (const v1::IncidentView& listed : list.incidents()) {
    if (!absl::StartsWith(listed.text(), "Annat")) edited.push_back(listed.text());
  }
  EXPECT_EQ(edited, std::vector<std::string>{absl::StrCat("Klotter ", kEdits - 1)});
}

TEST_F(ReportManyTest, EndsWithTheLogsErrorAndARepeatGoesOn) {
  process_.log.FailNextAppend(log::MemoryLog::Fault::kLostAfterWrite);
  std::vector<v1::ReportItem> items;
  for (int i = 0; i < 300; ++i) items.push_back(Importing("ref:" + std::to_string(i), "Klotter"));
  EXPECT_EQ(Stream(items).status().code(), absl::StatusCode::kUnavailable);
  const auto again = Stream(items);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->reported() + again->unchanged(), 300u);
  process_.Settled();
  EXPECT_TRUE(process_.log.parked().empty());
}

TEST_F(ReportManyTest, NeedsAToken) {
  v1::ReportManyResponse response;
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_seconds(30, GPR_TIMESPAN));
  const auto writer = process_.stub->ReportMany(&context, &response);
  ReportManyWriter reports(*writer, "0127");
  reports.Write("ref:1", Importing("ref:1", "Klotter").submission());
  reports.Done();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(List().incidents_size(), 0);
}

// Both of the worker's threads are held, so nothing can be recorded.
class HeldWorker {
 public:
  explicit HeldWorker(Worker& worker) {
    for (int i = 0; i < kThreads; ++i) {
      worker.Post([this] {
        release_.WaitForNotification();
        held_.DecrementCount();
      });
    }
  }
  ~HeldWorker() {
    if (!release_.HasBeenNotified()) Release();
    held_.Wait();  // a thread may not have come to its waiting yet
  }
  void Release() { release_.Notify(); }

 private:
  static constexpr int kThreads = 2;
  absl::Notification release_;
  absl::BlockingCounter held_{kThreads};
};

TEST_F(ReportManyTest, ReadsNoFasterThanTheLogTakes) {
  HeldWorker held(process_.worker);
  const int bound = static_cast<int>(ReportMany::kMostPending + ReportMany::kLargestBatch) + 100;
  const int all = 2 * bound;
  std::atomic<int> written = 0;
  std::promise<void> too_many;
  v1::ReportManyResponse response;
  const auto context = process_.As(ROLE_SYSTEM, "police");
  const auto writer = process_.stub->ReportMany(context.get(), &response);
  std::jthread client([&] {
    const std::string text(200, 'x');
    ReportManyWriter reports(*writer, "0127", /*in_a_message=*/10);
    for (int i = 0; i < all; ++i) {
      const std::string ref = absl::StrCat("ref:", i);
      if (!reports.Write(ref, Importing(ref, text).submission())) break;
      if (++written == bound) too_many.set_value();
    }
    reports.Done();
  });
  // Expected to time out: the client is held back.
  EXPECT_EQ(too_many.get_future().wait_for(std::chrono::milliseconds(400)),
            std::future_status::timeout);
  EXPECT_GT(written, 0);
  held.Release();
  client.join();
  const grpc::Status status = writer->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.reported(), static_cast<uint32_t>(all));
}

TEST_F(ReportManyTest, CancelledStreamLetsGo) {
  HeldWorker held(process_.worker);
  v1::ReportManyResponse response;
  const auto context = process_.As(ROLE_SYSTEM, "police");
  const auto writer = process_.stub->ReportMany(context.get(), &response);
  ReportManyWriter reports(*writer, "0127", /*in_a_message=*/1);
  ASSERT_TRUE(reports.Write("ref:1", Importing("ref:1", "Klotter").submission()));
  context->TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  held.Release();
  // The server goes on; the process ends without a call left behind.
  ASSERT_TRUE(Report(Saying("k1", "Klotter")).ok());
}

}  // namespace
}  // namespace vaka::intake
