#pragma once

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <string>

#include "libs/base/status.h"
#include "services/intake/intake_service.h"
#include "tests/unit/intake/process.h"

namespace vaka::intake {

// The service in a process of the test's own, over gRPC.
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

  absl::StatusOr<v1::ReportResponse> Report(
      const v1::ReportRequest& request, options::v1::Role role = options::v1::ROLE_AGENCY_REPORTER,
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

  std::string Scrape() {
    return prometheus::TextSerializer().Serialize(process_.registry.Collect());
  }

  testing::Process process_;
};

}  // namespace vaka::intake
