#include "services/intake/report_many.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/rpc/unary.h"

namespace vaka::intake {
namespace {

// Of one append; the stream itself may take as long as it likes.
constexpr absl::Duration kBatchDeadline = absl::Seconds(10);

}  // namespace

ReportMany::ReportMany(rpc::Gate& gate, ReportTaker& taker, Worker& worker,
                       grpc::CallbackServerContext* context, v1::ReportManyResponse* response)
    : gate_(gate), taker_(taker), worker_(worker), context_(context), response_(response) {
  StartRead(&request_);
}

void ReportMany::OnDone() { delete this; }

// Admits by a message of the first one's municipality that keeps every field rule: a bad first item
// is refused like any other, by its index.
absl::Status ReportMany::Admit() {
  v1::ReportManyRequest blank;
  blank.set_kommun(request_.kommun());
  blank.set_idempotency_key("-");
  blank.mutable_submission()->set_category("-");
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
  const uint32_t index = next_index_++;
  if (!request_.kommun().empty() && request_.kommun() != call_->kommun) {
    return Refuse(index, FieldError("kommun", "differs from the first item's"));
  }
  if (absl::Status fields = gate_.CheckFields(request_); !fields.ok()) {
    return Refuse(index, fields);
  }
  Item item;
  item.id = IncidentId(call_->kommun, call_->CommandOf(request_.idempotency_key()).key,
                       request_.submission());
  item.submission = std::move(*request_.mutable_submission());
  waiting_.push_back({index, std::move(item)});
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
  std::set<std::string> ids;
  while (!waiting_.empty() && batch.size() < kLargestBatch &&
         ids.insert(waiting_.front().item.id).second) {
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch;
}

// Does what can be done next: read, append, end. Called after every change.
void ReportMany::Go() {
  std::vector<Waiting> batch;
  bool read = false;
  std::optional<absl::Status> end;
  {
    absl::MutexLock lock(&mu_);
    if (ended_) return;
    if (context_->IsCancelled()) waiting_.clear();
    const bool failed = !failed_.ok();
    if (!in_flight_ && !failed && !waiting_.empty()) {
      batch = TakeBatch();
      in_flight_ = true;
    }
    if (!reading_ && !read_all_ && !failed && waiting_.size() < kMostPending) {
      reading_ = read = true;
    }
    // A read may still be out when the call fails; gRPC lets it go.
    if (!in_flight_ && (failed || (read_all_ && waiting_.empty()))) {
      ended_ = true;
      end = failed_;
    }
  }
  // At most one of two that may end the call's life runs, and it runs last.
  if (end.has_value()) return End(*end);
  if (read) StartRead(&request_);
  // Screening many texts takes a while, and this may be the log's thread.
  if (!batch.empty()) {
    worker_.Post([this, waiting = std::move(batch)]() mutable { Send(std::move(waiting)); });
  }
}

void ReportMany::Send(std::vector<Waiting> batch) {
  std::vector<uint32_t> indexes;
  std::vector<Item> items;
  for (Waiting& waiting : batch) {
    indexes.push_back(waiting.index);
    items.push_back(std::move(waiting.item));
  }
  // A batch is nothing that a caller could repeat: what was recorded before is known by the
  // incidents' ids and content, and `rests_on` guards against another stream's.
  fold::Command command = call_->CommandOf(RandomId("batch"));
  command.deadline = std::min(command.deadline, gate_.Steady() + kBatchDeadline);
  taker_.Take(std::move(command), CallerOf(call_->caller), std::move(items),
              [this, indexes = std::move(indexes)](absl::Status status, uint64_t seq,
                                                   std::vector<Taken> taken) {
                Recorded(indexes, status, seq, taken);
              });
}

void ReportMany::Recorded(const std::vector<uint32_t>& indexes, const absl::Status& status,
                          uint64_t seq, const std::vector<Taken>& taken) {
  {
    absl::MutexLock lock(&mu_);
    in_flight_ = false;
    if (!status.ok()) failed_ = status;
    if (seq > response_->seq()) response_->set_seq(seq);
    for (size_t i = 0; status.ok() && i < taken.size(); ++i) {
      if (!taken[i].status.ok()) {
        Refuse(indexes[i], taken[i].status);
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
