#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "libs/rpc/gate.h"
#include "services/intake/report_taker.h"
#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::intake {

// One ReportMany call. Reads the next message while fewer than kMostPending reports wait, so that a
// client that is faster than the log is held back by gRPC's flow control; whatever waits when an
// append ends goes into the next one. A bad item is listed by its index and skipped. When an append
// fails the call ends with its error; what was recorded, before or in the append beside it, stays,
// and a repeat finds it. Owns itself: gone after OnDone, when its batches are.
class ReportMany final : public grpc::ServerReadReactor<v1::ReportManyRequest>,
                         public std::enable_shared_from_this<ReportMany> {
 public:
  static constexpr size_t kMostPending = 1024;
  static constexpr size_t kLargestBatch = 512;
  // While one is written, the next is screened and sealed.
  static constexpr int kMostBatches = 2;
  static constexpr int kMostProblems = 1000;

  // Everything outlives the call.
  static ReportMany* Start(rpc::Gate& gate, ReportTaker& taker, Worker& worker,
                           grpc::CallbackServerContext* context, v1::ReportManyResponse* response);

  void OnReadDone(bool ok) override;
  void OnDone() override;

 private:
  struct Waiting {
    uint32_t index;
    Item item;
  };

  ReportMany(rpc::Gate& gate, ReportTaker& taker, Worker& worker,
             grpc::CallbackServerContext* context, v1::ReportManyResponse* response);

  absl::Status Admit();
  void Accept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Refuse(uint32_t index, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What waits, up to the first incident that is in the batch already, or in one under way.
  std::vector<Waiting> TakeBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool WorthABatch() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Go();
  void Send(std::vector<Waiting> batch);
  // What is under way of one batch.
  struct Sent {
    std::vector<uint32_t> indexes;
    std::vector<std::string> ids;
  };
  void Recorded(const Sent& sent, const absl::Status& status, uint64_t seq,
                const std::vector<Taken>& taken);
  void End(absl::Status status);

  rpc::Gate& gate_;
  ReportTaker& taker_;
  Worker& worker_;
  grpc::CallbackServerContext* const context_;
  v1::ReportManyResponse* const response_;

  std::shared_ptr<ReportMany> self_;  // until OnDone

  v1::ReportManyRequest request_;  // the one being read
  std::optional<rpc::Call> call_;  // set by the first message; constant from then on

  absl::Mutex mu_;
  uint32_t next_index_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mu_);
  bool reading_ ABSL_GUARDED_BY(mu_) = true;
  int batches_ ABSL_GUARDED_BY(mu_) = 0;                             // under way
  absl::flat_hash_set<std::string> under_way_ ABSL_GUARDED_BY(mu_);  // incidents of theirs
  int starting_reads_ ABSL_GUARDED_BY(mu_) = 0;  // that gRPC does not know of yet
  bool read_all_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::intake
