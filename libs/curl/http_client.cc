#include "libs/curl/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/curl/handle.h"

namespace vaka::curl {
namespace {

struct Answer {
  HttpResponse response;
  size_t longest = 0;
  bool too_long = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto* answer = static_cast<Answer*>(user);
  const size_t bytes = size * count;
  if (answer->response.body.size() + bytes > answer->longest) {
    answer->too_long = true;
    return 0;
  }
  answer->response.body.append(data, bytes);
  return bytes;
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* answer = static_cast<Answer*>(user);
  const absl::string_view line(data, size * count);
  const size_t colon = line.find(':');
  if (colon != absl::string_view::npos) {
    answer->response.headers.emplace_back(
        absl::AsciiStrToLower(line.substr(0, colon)),
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1))));
  }
  return line.size();
}

absl::Status ToStatus(CURLcode code, const Answer& answer, bool all_sent) {
  if (answer.too_long) return absl::ResourceExhaustedError("http: the answer is too long");
  const std::string what = absl::StrCat("http: ", curl_easy_strerror(code));
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return absl::InvalidArgumentError(what);
    case CURLE_ABORTED_BY_CALLBACK:
      return absl::CancelledError("http: stopped");
    default:
      return all_sent ? absl::DeadlineExceededError(what) : absl::UnavailableError(what);
  }
}

}  // namespace

absl::string_view HttpResponse::Header(absl::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header == name) return value;
  }
  return "";
}

absl::Duration HttpResponse::RetryAfter(absl::Time now) const {
  const absl::string_view value = Header("retry-after");
  int seconds = 0;
  if (absl::SimpleAtoi(value, &seconds)) return absl::Seconds(std::max(seconds, 0));
  absl::Time date;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", value, &date, nullptr)) {
    return absl::ZeroDuration();
  }
  return std::max(date - now, absl::ZeroDuration());
}

class HttpClient::Impl {
 public:
  absl::StatusOr<HttpResponse> Do(const HttpRequest& request, std::stop_token stop) {
    Answer answer;
    Upload upload{request.body};
    CURL* curl = handle_.Reset(request.timeout, std::move(stop), upload);
    answer.longest = request.longest_answer;
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!request.body.empty() || request.method == "POST") {
      curl_easy_setopt(curl, CURLOPT_POST, 1L);
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(curl, CURLOPT_READFUNCTION, &Upload::OnRead);
      curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.user.empty()) {
      curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      curl_easy_setopt(curl, CURLOPT_USERNAME, request.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, request.password.c_str());
    }
    List headers;
    for (const auto& [name, value] : request.headers) headers.Add(absl::StrCat(name, ": ", value));
    headers.Add("Expect:");  // no 100-continue: it costs a round trip
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
    const CURLcode code = handle_.Perform();
    long head = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &head);
    if (code != CURLE_OK) return ToStatus(code, answer, head > 0 && upload.all());
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.response.status = static_cast<int>(status);
    return std::move(answer.response);
  }

 private:
  Handle handle_;
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::~HttpClient() = default;

absl::StatusOr<HttpResponse> HttpClient::Do(const HttpRequest& request, std::stop_token stop) {
  return impl_->Do(request, std::move(stop));
}

std::string FormEncode(const std::vector<std::pair<std::string, std::string>>& fields) {
  const auto encode = [](absl::string_view text, std::string& out) {
    for (char c : text) {
      if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.') {
        out.push_back(c);
      } else {
        absl::StrAppendFormat(&out, "%%%02X", static_cast<unsigned char>(c));
      }
    }
  };
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out.push_back('&');
    encode(name, out);
    out.push_back('=');
    encode(value, out);
  }
  return out;
}

}  // namespace vaka::curl
