#pragma once

// For libs/curl only: what every libcurl call shares.
#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "libs/curl/cut.h"

namespace vaka::curl {

// What is sent, as libcurl takes it piece by piece. It cannot be rewound, so that libcurl never
// sends it a second time by itself when a kept connection breaks: whether to repeat is the
// caller's to say.
struct Upload {
  const std::string& bytes;
  size_t taken = 0;

  bool all() const { return taken == bytes.size(); }

  static size_t OnRead(char* out, size_t size, size_t count, void* user) {
    auto* upload = static_cast<Upload*>(user);
    const size_t more = std::min(size * count, upload->bytes.size() - upload->taken);
    upload->bytes.copy(out, more, upload->taken);
    upload->taken += more;
    return more;
  }
};

// An easy handle, which holds on to its connection from call to call. Belongs to one thread.
class Handle {
 public:
  Handle() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    curl_ = ready ? curl_easy_init() : nullptr;
    if (curl_ == nullptr) std::abort();  // only without memory
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl_); }

  // Forgets the last call's options, keeps connections. No signals: other threads run. When `stop`
  // is requested the call ends with CURLE_ABORTED_BY_CALLBACK, within about a second, or two when
  // `upload` has gone out. `upload` outlives Perform.
  CURL* Reset(absl::Duration timeout, std::stop_token stop, const Upload& upload) {
    stop_ = std::move(stop);
    upload_ = &upload;
    cut_ = Cut();
    curl_easy_reset(curl_);
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, &OnProgress);
    curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(curl_, CURLOPT_QUICK_EXIT, 1L);  // does not wait for a name's lookup to end
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout / absl::Milliseconds(1)));
    curl_easy_setopt(
        curl_, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::min(timeout, absl::Seconds(5)) / absl::Milliseconds(1)));
    return curl_;
  }

  CURLcode Perform() {
    const CURLcode code = curl_easy_perform(curl_);
    upload_ = nullptr;
    return code;
  }

 private:
  // libcurl asks about once a second, also while nothing moves.
  static int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* self = static_cast<Handle*>(user);
    curl_off_t elapsed = 0;
    curl_easy_getinfo(self->curl_, CURLINFO_TOTAL_TIME_T, &elapsed);
    const Upload* upload = self->upload_;
    const bool all_out = upload != nullptr && !upload->bytes.empty() && upload->all();
    const bool due =
        self->cut_.Due(self->stop_.stop_requested(), all_out, absl::Microseconds(elapsed));
    return due ? 1 : 0;
  }

  CURL* curl_ = nullptr;
  std::stop_token stop_;
  const Upload* upload_ = nullptr;  // of the call under way; libcurl also asks when it closes
  Cut cut_;
};

// A curl string list that frees itself.
class List {
 public:
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() { curl_slist_free_all(list_); }

  void Add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

}  // namespace vaka::curl
