#include "services/intake/report_many.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/rpc/unary.h"
#include "services/intake/report_many_writer.h"

namespace vaka::intake {
namespace {

// Of one append; the stream itself may take as long as it likes.
constexpr absl::Duration kBatchDeadline = absl::Seconds(10);
// Items that are sent while another batch is written; fewer wait for it, and go together.
constexpr size_t kWorthASecond = 64;

}  // namespace

ReportMany::ReportMany(rpc::Gate& gate, ReportTaker& taker, Worker& worker,
                       grpc::CallbackServerContext* context, v1::ReportManyResponse* response)
    : gate_(gate), taker_(taker), worker_(worker), context_(context), response_(response) {}

ReportMany* ReportMany::Start(rpc::Gate& gate, ReportTaker& taker, Worker& worker,
                              grpc::CallbackServerContext* context,
                              v1::ReportManyResponse* response) {
  std::shared_ptr<ReportMany> call(new ReportMany(gate, taker, worker, context, response));
  call->self_ = call;
  call->StartRead(&call->request_);
  return call.get();
}

void ReportMany::OnDone() { self_.reset(); }

// Admits by a message without items: a bad one is refused by its index, and not the call.
absl::Status ReportMany::Admit() {
  v1::ReportManyRequest blank;
  blank.set_kommun(request_.kommun());
  VAKA_ASSIGN(call_, rpc::AdmitContext(gate_, context_, blank));
  return absl::OkStatus();
}

void ReportMany::OnReadDone(bool ok) {
  absl::Status admitted;
  if (ok && !call_.has_value()) admitted = Admit();
  {
    absl::MutexLock lock(&mu_);
    reading_ = false;
    if (!ok || ended_) {
      read_all_ = true;
    } else if (!admitted.ok()) {
      failed_ = admitted;
    } else {
      Accept();
    }
  }
  Go();
}

void ReportMany::Accept() {
  const int items = request_.items_size();
  if (items > MostInAMessage()) {
    failed_ = FieldError(
        "items", absl::StrCat(items, " items given, at most ", MostInAMessage(), " allowed"));
    return;
  }
  const bool foreign = !request_.kommun().empty() && request_.kommun() != call_->kommun;
  for (v1::ReportItem& item : *request_.mutable_items()) {
    const uint32_t index = next_index_++;
    const absl::Status checked = foreign ? FieldError("kommun", "differs from the first message's")
                                         : gate_.CheckFields(item);
    if (!checked.ok()) {
      Refuse(index, checked);
      continue;
    }
    Item accepted;
    accepted.id =
        IncidentId(call_->kommun, call_->CommandOf(item.idempotency_key()).key, item.submission());
    accepted.submission = std::move(*item.mutable_submission());
    waiting_.push_back({index, std::move(accepted)});
  }
}

void ReportMany::Refuse(uint32_t index, const absl::Status& status) {
  response_->set_refused(response_->refused() + 1);
  if (response_->problems_size() >= kMostProblems) return;
  v1::RefusedItem& problem = *response_->add_problems();
  problem.set_index(index);
  if (const auto info = InfoOf(status); info.has_value()) problem.set_field(info->field());
  problem.set_problem(std::string(status.message()));
}

std::vector<ReportMany::Waiting> ReportMany::TakeBatch() {
  std::vector<Waiting> batch;
  while (!waiting_.empty() && batch.size() < kLargestBatch &&
         under_way_.insert(waiting_.front().item.id).second) {
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch;
}

// Does what can be done next: read, append, end. Called after every change.
void ReportMany::Go() {
  const std::shared_ptr<ReportMany> self = shared_from_this();
  bool read = true;
  // Once more after a read was started: until then the call does not end, and it may have failed.
  while (read) {
    std::vector<Waiting> batch;
    std::optional<absl::Status> end;
    {
      absl::MutexLock lock(&mu_);
      if (ended_) return;
      if (context_->IsCancelled()) waiting_.clear();
      const bool failed = !failed_.ok();
      if (!failed && WorthABatch()) {
        batch = TakeBatch();
        if (!batch.empty()) ++batches_;
      }
      read = !reading_ && !read_all_ && !failed && waiting_.size() < kMostPending;
      if (read) {
        reading_ = true;
        ++starting_reads_;
      }
      // A read may still be out when the call fails; gRPC lets it go.
      if (batches_ == 0 && starting_reads_ == 0 && (failed || (read_all_ && waiting_.empty()))) {
        ended_ = true;
        end = failed_;
      }
    }
    if (end.has_value()) return End(*end);
    // Screening many texts takes a while, and this may be the log's thread.
    if (!batch.empty()) {
      worker_.Post(
          [self, waiting = std::move(batch)]() mutable { self->Send(std::move(waiting)); });
    }
    if (read) {
      StartRead(&request_);
      absl::MutexLock lock(&mu_);
      --starting_reads_;
    }
  }
}

// The first one with what there is, so that nobody waits; one beside it when it is worth it.
bool ReportMany::WorthABatch() const {
  if (batches_ == 0) return !waiting_.empty();
  return batches_ < kMostBatches && waiting_.size() >= kWorthASecond;
}

void ReportMany::Send(std::vector<Waiting> batch) {
  Sent sent;
  std::vector<Item> items;
  for (Waiting& waiting : batch) {
    sent.indexes.push_back(waiting.index);
    sent.ids.push_back(waiting.item.id);
    items.push_back(std::move(waiting.item));
  }
  // A batch is nothing that a caller could repeat: what was recorded before is known by the
  // incidents' ids and content, and `rests_on` guards against another stream's.
  fold::Command command = call_->CommandOf(RandomId("batch"));
  command.deadline = std::min(command.deadline, gate_.Steady() + kBatchDeadline);
  taker_.Take(std::move(command), CallerOf(call_->caller), std::move(items),
              [self = shared_from_this(), sent = std::move(sent)](
                  const absl::Status& status, uint64_t seq, const std::vector<Taken>& taken) {
                self->Recorded(sent, status, seq, taken);
              });
}

void ReportMany::Recorded(const Sent& sent, const absl::Status& status, uint64_t seq,
                          const std::vector<Taken>& taken) {
  {
    absl::MutexLock lock(&mu_);
    --batches_;
    for (const std::string& id : sent.ids) under_way_.erase(id);
    if (!status.ok()) failed_ = status;
    if (seq > response_->seq()) response_->set_seq(seq);
    for (size_t i = 0; status.ok() && i < taken.size(); ++i) {
      if (!taken[i].status.ok()) {
        Refuse(sent.indexes[i], taken[i].status);
      } else if (taken[i].outcome == v1::OUTCOME_REPORTED) {
        response_->set_reported(response_->reported() + 1);
      } else if (taken[i].outcome == v1::OUTCOME_CORRECTED) {
        response_->set_corrected(response_->corrected() + 1);
      } else {
        response_->set_unchanged(response_->unchanged() + 1);
      }
    }
  }
  Go();
}

void ReportMany::End(absl::Status status) {
  if (call_.has_value()) gate_.Finished(*call_, status);
  Finish(rpc::ToGrpc(status));
}

}  // namespace vaka::intake
