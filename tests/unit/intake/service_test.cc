#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <atomic>
#include <future>
#include <thread>

#include "absl/strings/match.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "libs/base/status.h"
#include "services/intake/intake_service.h"
#include "services/intake/report_many.h"
#include "services/intake/report_many_writer.h"
#include "tests/unit/intake/process.h"

namespace vaka::intake {
namespace {

using options::v1::ROLE_AGENCY_REPORTER;
using options::v1::ROLE_BRIEFING_OFFICER;
using options::v1::ROLE_PATROLLER;
using options::v1::ROLE_SYSTEM;
using ::testing::HasSubstr;
using testing::Noon;
using testing::Process;

class IntakeServiceTest : public ::testing::Test {
 protected:
  static v1::ReportRequest Saying(const std::string& key, const std::string& text) {
    v1::ReportRequest request;
    request.set_kommun("0127");
    request.set_idempotency_key(key);
    request.mutable_submission()->set_category("graffiti");
    *request.mutable_submission()->mutable_where()->mutable_point() = testing::At(59.239, 17.845);
    request.mutable_submission()->set_text(text);
    return request;
  }

  static v1::ReportItem Importing(const std::string& ref, const std::string& text) {
    v1::ReportItem item;
    item.set_idempotency_key(ref);
    *item.mutable_submission() = Saying("", text).submission();
    item.mutable_submission()->set_source_ref(ref);
    return item;
  }

  absl::StatusOr<v1::ReportResponse> Report(const v1::ReportRequest& request,
                                            options::v1::Role role = ROLE_AGENCY_REPORTER,
                                            const std::string& agency = "guards") {
    v1::ReportResponse response;
    const auto context = process_.As(role, agency);
    const absl::Status status =
        rpc::FromGrpc(process_.stub->Report(context.get(), request, &response));
    if (!status.ok()) return status;
    return response;
  }

  v1::ListResponse ListAs(options::v1::Role role, const std::string& agency) {
    v1::ListRequest request;
    request.set_kommun("0127");
    request.set_at_least(process_.Head());
    request.set_limit(5000);
    v1::ListResponse response;
    const auto context = process_.As(role, agency);
    const grpc::Status status = process_.stub->List(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  v1::ListResponse List() { return ListAs(options::v1::ROLE_COORDINATOR, "municipality"); }

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

  std::string Scrape() {
    return prometheus::TextSerializer().Serialize(process_.registry.Collect());
  }

  Process process_;
};

TEST_F(IntakeServiceTest, ReportIsPlacedSealedAndListed) {
  const auto report = Report(Saying("k1", "Klotter på gaveln"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->area(), "a-alby");
  EXPECT_EQ(report->district(), "alby");
  EXPECT_EQ(report->outcome(), v1::OUTCOME_REPORTED);
  EXPECT_EQ(report->seq(), process_.Head());

  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).incident().id(), report->incident());
  EXPECT_EQ(list.incidents(0).text(), "Klotter på gaveln");
  EXPECT_EQ(ListAs(ROLE_PATROLLER, "patrol").incidents(0).text(), "");
  EXPECT_EQ(ListAs(ROLE_AGENCY_REPORTER, "guards").incidents(0).text(), "Klotter på gaveln");
  const auto entries = process_.log.Read("0127", log::Stream::kFacts, 0, 100);
  for (const log::Entry& entry : *entries) {
    EXPECT_FALSE(absl::StrContains(entry.bytes, "gaveln")) << "text lies open in the log";
  }
}

TEST_F(IntakeServiceTest, PersonalDataIsRefusedWithItsPositions) {
  const auto report = Report(Saying("k1", "Ring 070-123 45 67"));
  ASSERT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  const auto info = InfoOf(report.status());
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->field(), "submission.text");
  ASSERT_EQ(info->hits_size(), 1);
  EXPECT_EQ(info->hits(0).begin(), 5u);
  EXPECT_EQ(List().incidents_size(), 0);
  EXPECT_THAT(Scrape(), HasSubstr("vaka_intake_refused_total{reason=\"personal_data\"} 1"));
}

TEST_F(IntakeServiceTest, RepeatedKeyAnswersTheFirstReport) {
  const auto first = Report(Saying("k1", "Klotter"));
  ASSERT_TRUE(first.ok());
  const auto again = Report(Saying("k1", "Klotter"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->incident(), first->incident());
  EXPECT_EQ(again->outcome(), v1::OUTCOME_UNCHANGED);
  EXPECT_EQ(again->area(), "a-alby");
  EXPECT_EQ(process_.Head(), first->seq());
  // Another caller's key of the same name is another report.
  const auto other = Report(Saying("k1", "Klotter"), ROLE_PATROLLER, "patrol");
  ASSERT_TRUE(other.ok());
  EXPECT_NE(other->incident(), first->incident());
}

TEST_F(IntakeServiceTest, ManyAtOnceOfOneSourceReferenceMakeOneIncident) {
  std::atomic<int> reported = 0, unchanged = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      v1::ReportRequest request = Saying("k" + std::to_string(i), "Samma sak");
      request.mutable_submission()->set_source_ref("polisen:1");
      const auto report = Report(request, ROLE_SYSTEM, "police");
      ASSERT_TRUE(report.ok()) << report.status();
      (report->outcome() == v1::OUTCOME_REPORTED ? reported : unchanged)++;
    });
  }
  threads.clear();
  EXPECT_EQ(reported, 1);
  EXPECT_EQ(unchanged, 7);
  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).text(), "Samma sak");
  EXPECT_TRUE(process_.log.parked().empty());
}

TEST_F(IntakeServiceTest, EditedSourceIsACorrectionWithReadableText) {
  v1::ReportRequest request = Saying("k1", "Först");
  request.mutable_submission()->set_source_ref("polisen:1");
  ASSERT_TRUE(Report(request, ROLE_SYSTEM, "police").ok());
  request.set_idempotency_key("k2");
  request.mutable_submission()->set_text("Sedan");
  const auto edited = Report(request, ROLE_SYSTEM, "police");
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->outcome(), v1::OUTCOME_CORRECTED);
  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).text(), "Sedan");
  EXPECT_EQ(list.incidents(0).version(), 2u);
}

TEST_F(IntakeServiceTest, CorrectWithdrawAndLinkAreRecorded) {
  const auto first = Report(Saying("k1", "Klotter"));
  const auto second = Report(Saying("k2", "Klotter igen"));
  ASSERT_TRUE(first.ok() && second.ok());

  v1::CorrectRequest correct;
  correct.set_kommun("0127");
  correct.set_idempotency_key("c1");
  correct.set_incident(first->incident());
  *correct.mutable_submission() = Saying("", "Ring 070-123 45 67").submission();
  v1::CorrectResponse corrected;
  EXPECT_EQ(
      process_.stub->Correct(process_.AsCoordinator().get(), correct, &corrected).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
  correct.mutable_submission()->set_text("Klotter på två gavlar");
  ASSERT_TRUE(process_.stub->Correct(process_.AsCoordinator().get(), correct, &corrected).ok());

  v1::LinkRequest link;
  link.set_kommun("0127");
  link.set_idempotency_key("l1");
  link.set_event(first->incident());
  link.add_incidents(second->incident());
  v1::LinkResponse linked;
  ASSERT_TRUE(process_.stub->Link(process_.AsCoordinator().get(), link, &linked).ok());
  const v1::ListResponse linked_list = List();
  EXPECT_EQ(linked_list.incidents_size(), 2);
  for (const v1::IncidentView& view : linked_list.incidents()) {
    EXPECT_EQ(view.event(), first->incident());
    const bool is_first = view.incident().id() == first->incident();
    EXPECT_EQ(view.text(), is_first ? "Klotter på två gavlar" : "Klotter igen");
  }

  v1::WithdrawRequest withdraw;
  withdraw.set_kommun("0127");
  withdraw.set_idempotency_key("w1");
  withdraw.set_incident(second->incident());
  withdraw.set_reason("fel, säger 640823-3234");
  v1::WithdrawResponse withdrawn;
  EXPECT_EQ(
      process_.stub->Withdraw(process_.AsCoordinator().get(), withdraw, &withdrawn).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
  withdraw.set_reason("fel");
  ASSERT_TRUE(process_.stub->Withdraw(process_.AsCoordinator().get(), withdraw, &withdrawn).ok());
  EXPECT_EQ(withdrawn.seq(), process_.Head());
  EXPECT_EQ(List().incidents_size(), 1);
}

TEST_F(IntakeServiceTest, ErasedTextIsEmptyAndTheRestIsThere) {
  const auto report = Report(Saying("k1", "Klotter"));
  ASSERT_TRUE(report.ok());
  ASSERT_TRUE(process_.vault.Erase("0127", SubjectOf(report->incident())).ok());
  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).text(), "");
}

TEST_F(IntakeServiceTest, TextsThatCannotBeOpenedNowAreLeftOut) {
  ASSERT_TRUE(Report(Saying("k1", "Klotter")).ok());
  process_.Settled();
  process_.log.FailReads(true);
  v1::ListRequest request;
  request.set_kommun("0127");
  v1::ListResponse response;
  ASSERT_TRUE(process_.stub->List(process_.AsCoordinator().get(), request, &response).ok());
  ASSERT_EQ(response.incidents_size(), 1);
  EXPECT_EQ(response.incidents(0).text(), "");
  process_.log.FailReads(false);
  EXPECT_EQ(List().incidents(0).text(), "Klotter");
}

TEST_F(IntakeServiceTest, CheckFindsWithoutRecording) {
  v1::CheckRequest request;
  request.set_kommun("0127");
  request.set_text("Bilen ABC123");
  v1::CheckResponse response;
  const uint64_t head = process_.Head();
  ASSERT_TRUE(process_.stub->Check(process_.AsCoordinator().get(), request, &response).ok());
  ASSERT_EQ(response.hits_size(), 1);
  EXPECT_EQ(response.hits(0).kind(), "plate");
  EXPECT_EQ(process_.Head(), head);
}

TEST_F(IntakeServiceTest, ReportManySkipsBadItemsByIndex) {
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

TEST_F(IntakeServiceTest, ReportManyRefusesTheItemsOfAMessageOfAnotherMunicipality) {
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

TEST_F(IntakeServiceTest, ReportManyEndsAtAMessageWithTooManyItemsAndKeepsWhatCameBefore) {
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
TEST_F(IntakeServiceTest, ReportManyKeepsTheOrderOfWhatIsSaidOfOneIncident) {
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

TEST_F(IntakeServiceTest, ReportManyEndsWithTheLogsErrorAndARepeatGoesOn) {
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

TEST_F(IntakeServiceTest, ReportManyNeedsAToken) {
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

TEST_F(IntakeServiceTest, ReportManyReadsNoFasterThanTheLogTakes) {
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

TEST_F(IntakeServiceTest, CancelledStreamLetsGo) {
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
