#pragma once

#include <grpcpp/support/sync_stream.h>

#include <string>

#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::intake {

// Writes reports into one ReportMany call, several in a message.
class ReportManyWriter final {
 public:
  using Stream = grpc::ClientWriterInterface<v1::ReportManyRequest>;

  // REQUIRES: 1 ≤ in_a_message ≤ MostInAMessage(). `stream` outlives this.
  ReportManyWriter(Stream& stream, const std::string& kommun, int in_a_message = 64);

  // The next report, whose index in the answer's problems is how many came before it. False: the
  // call has ended, and its Finish says why.
  bool Write(const std::string& idempotency_key, v1::Submission submission);
  // Sends what is left, and that it was all.
  void Done();

 private:
  bool Send();

  Stream& stream_;
  const int in_a_message_;
  v1::ReportManyRequest request_;
};

// Items that a message may have, as the field's rule says.
int MostInAMessage();

}  // namespace vaka::intake
