#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vaka::rpc {

// What mTLS needs of a key folder, as PEM.
struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

// True for unix sockets and loopback addresses: they may be plain. "localhost" counts.
bool IsLocal(absl::string_view address);

// OK when `address` may be served or called with this key folder: it is local, or the folder is
// given. FAILED_PRECONDITION says which files are needed.
absl::Status CheckMayUse(absl::string_view address, const std::string& key_dir);

// Reads ca.pem, cert.pem and key.pem. FAILED_PRECONDITION names the file that is missing.
absl::StatusOr<TlsFiles> ReadTls(const std::string& key_dir);

// Makes a CA of its own and one certificate for `hostnames` (names and IP addresses), good as
// server and client: ca.pem, ca-key.pem, cert.pem, key.pem (EC P-256; keys readable by the owner
// alone). Where the folder has a CA already, it signs a new certificate with it. ALREADY_EXISTS
// when there is a certificate: nothing is overwritten. Valid from `now` for ten years (CA) and two
// (certificate).
absl::Status InitTls(const std::string& dir, const std::vector<std::string>& hostnames,
                     absl::Time now);

}  // namespace vaka::rpc
