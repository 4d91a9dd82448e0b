#include "services/intake/report_many_writer.h"

#include <utility>

#include "vaka/options/v1/options.pb.h"

namespace vaka::intake {

ReportManyWriter::ReportManyWriter(Stream& stream, const std::string& kommun, int in_a_message)
    : stream_(stream), in_a_message_(in_a_message) {
  request_.set_kommun(kommun);
}

bool ReportManyWriter::Write(const std::string& idempotency_key, v1::Submission submission) {
  v1::ReportItem& item = *request_.add_items();
  item.set_idempotency_key(idempotency_key);
  *item.mutable_submission() = std::move(submission);
  return request_.items_size() < in_a_message_ || Send();
}

void ReportManyWriter::Done() {
  if (request_.items_size() > 0) Send();
  stream_.WritesDone();
}

bool ReportManyWriter::Send() {
  const bool sent = stream_.Write(request_);
  request_.clear_items();
  return sent;
}

int MostInAMessage() {
  const google::protobuf::FieldDescriptor* items =
      v1::ReportManyRequest::descriptor()->FindFieldByNumber(
          v1::ReportManyRequest::kItemsFieldNumber);
  return static_cast<int>(items->options().GetExtension(options::v1::rule).max_items());
}

}  // namespace vaka::intake
