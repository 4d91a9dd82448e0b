#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "vaka/options/v1/options.pb.h"

namespace vaka::rpc {

// The field rules of request messages (required, max_length, max_items), found once by reflection
// and checked on every call, nested messages included. Immutable after construction, so
// thread-safe.
class FieldRules {
 public:
  // Learns the rules of `types` and of every message below them.
  explicit FieldRules(const std::vector<const google::protobuf::Descriptor*>& types);
  ~FieldRules();

  // OK, or INVALID_ARGUMENT with the path of the first field that breaks its rule, e.g.
  // "submission.where.place" or "items[3].name". A type that was not learnt has no rules.
  absl::Status Check(const google::protobuf::Message& message) const;

 private:
  struct Plan;
  struct Item;
  struct Path;

  const Plan* Learn(const google::protobuf::Descriptor* type);
  // `above`: the field that holds `message`; null for the request itself.
  static absl::Status CheckPlan(const Plan& plan, const google::protobuf::Message& message,
                                const Path* above);
  static absl::Status CheckItem(const Item& item, const google::protobuf::Message& message,
                                const Path* above);
  static absl::Status CheckLength(const Item& item, const google::protobuf::Message& message,
                                  Path path);

  std::map<const google::protobuf::Descriptor*, std::unique_ptr<Plan>> plans_;
};

}  // namespace vaka::rpc
