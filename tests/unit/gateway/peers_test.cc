#include "services/gateway/peers.h"

#include <gtest/gtest.h>

namespace vaka::gateway {
namespace {

Peers Trusting(const std::vector<std::string>& proxies) { return *Peers::Parse(proxies); }

TEST(PeersTest, BelievesNobodyUnlessTold) {
  EXPECT_EQ(Peers().CallerOf("127.0.0.1", "192.0.2.7"), "127.0.0.1");
  EXPECT_EQ(Trusting({"10.0.0.0/8"}).CallerOf("192.0.2.1", "192.0.2.7"), "192.0.2.1");
}

TEST(PeersTest, TakesTheLastAddressThatIsNoProxys) {
  const Peers peers = Trusting({"127.0.0.1", "10.0.0.0/8"});
  EXPECT_EQ(peers.CallerOf("127.0.0.1", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(peers.CallerOf("127.0.0.1", "203.0.113.9, 192.0.2.7 , 10.1.2.3"), "192.0.2.7")
      << "what stands before it is only claimed";
  EXPECT_EQ(peers.CallerOf("127.0.0.1", "10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(peers.CallerOf("127.0.0.1", ""), "127.0.0.1");
  EXPECT_EQ(peers.CallerOf("127.0.0.1", "192.0.2.7, nonsense"), "127.0.0.1");
  EXPECT_EQ(peers.CallerOf("127.0.0.1", "192.0.2.7,,"), "192.0.2.7");
}

TEST(PeersTest, KnowsNetworksByTheirBits) {
  const Peers peers = Trusting({"10.16.0.0/12", "fd00::/8", "::1"});
  EXPECT_TRUE(peers.Trusts("10.31.255.255"));
  EXPECT_FALSE(peers.Trusts("10.32.0.0"));
  EXPECT_TRUE(peers.Trusts("::ffff:10.16.0.1")) << "the same address on a socket of both kinds";
  EXPECT_TRUE(peers.Trusts("fd12::1"));
  EXPECT_FALSE(peers.Trusts("fe80::1"));
  EXPECT_TRUE(peers.Trusts("::1"));
  EXPECT_FALSE(peers.Trusts("::2"));
  EXPECT_TRUE(Trusting({"0.0.0.0/0"}).Trusts("192.0.2.7"));
  EXPECT_FALSE(Trusting({"0.0.0.0/0"}).Trusts("fe80::1"));
}

TEST(PeersTest, NamesWhatIsNoNetwork) {
  for (const char* wrong :
       {"proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "", "::/129"}) {
    const auto peers = Peers::Parse({wrong});
    EXPECT_EQ(peers.status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(LimitKeyTest, CountsAnIpv6NetworkAsOneCaller) {
  EXPECT_EQ(LimitKey("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(LimitKey("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(LimitKey("2001:db8:1:2:3:4:5:6"), LimitKey("2001:db8:1:2:ffff::1"));
  EXPECT_NE(LimitKey("2001:db8:1:2::1"), LimitKey("2001:db8:1:3::1"));
  EXPECT_EQ(LimitKey("ipv4:127.0.0.1:5000"), "ipv4:127.0.0.1:5000");
}

}  // namespace
}  // namespace vaka::gateway
