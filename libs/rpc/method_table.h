#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "vaka/options/v1/options.pb.h"

namespace vaka::rpc {

// One rpc and what the proto says of it.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::string path;            // "/vaka.intake.v1.IntakeService/Report"
  options::v1::Access access;  // empty: nobody may call it
  uint32_t role_bits = 0;      // access.roles as 1 << role
  const google::protobuf::FieldDescriptor* kommun = nullptr;  // of the request; null: has none
  enum class Kind { kCommand, kQuery, kStream, kInspection } kind = Kind::kQuery;
};

// Every rpc of every service, from the generated descriptors. Immutable, so thread-safe.
class MethodTable {
 public:
  MethodTable();

  // The method that takes this request type; null for none. Each request type belongs to one rpc.
  const Method* ByRequest(const google::protobuf::Descriptor* request) const;
  // Null: no such rpc.
  const Method* ByPath(absl::string_view path) const;
  const std::vector<std::unique_ptr<const Method>>& all() const { return methods_; }

 private:
  std::vector<std::unique_ptr<const Method>> methods_;
  absl::flat_hash_map<const google::protobuf::Descriptor*, const Method*> by_request_;
  absl::flat_hash_map<std::string, const Method*> by_path_;
};

}  // namespace vaka::rpc
