/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses with ports, as users type them and as flows are shown; and spans of time. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/age.h"
#include "../loader/endpoint.h"
#include "../policy-compiler/protocol.h"

static const struct {
	const char *text;
	const char *address; /* NULL: none asked for */
	int bits;
	int port;
} good[] = {
	{"192.0.2.1", "192.0.2.1", 32, VFG_PORT_NONE},
	{"192.0.2.0/24", "192.0.2.0", 24, VFG_PORT_NONE},
	{"192.0.2.1:443", "192.0.2.1", 32, 443},
	{"192.0.2.0/24:443", "192.0.2.0", 24, 443},
	{"0.0.0.0/0:0", "0.0.0.0", 0, 0},
	{":65535", NULL, 0, 65535},
	{"2001:db8::1", "2001:db8::1", 128, VFG_PORT_NONE},
	{"2001:db8::/32", "2001:db8::", 32, VFG_PORT_NONE},
	{"::", "::", 128, VFG_PORT_NONE},
	{"[2001:db8::1]", "2001:db8::1", 128, VFG_PORT_NONE},
	{"[2001:db8::1]:443", "2001:db8::1", 128, 443},
	{"[2001:db8::]/32:443", "2001:db8::", 32, 443},
	{"[2001:db8::/32]:443", "2001:db8::", 32, 443},
	{"[2001:db8::/32]", "2001:db8::", 32, VFG_PORT_NONE},
};

Test(endpoint, what_users_type_is_understood)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct vfg_endpoint_filter filter;
		uint8_t address[16] = {};
		bool six = good[i].address && strchr(good[i].address, ':');

		cr_assert(zero(int, vfg_endpoint_parse(good[i].text, &filter)), "%s", good[i].text);
		cr_expect(eq(int, filter.port, good[i].port), "%s", good[i].text);
		cr_expect(eq(int, filter.has_address, good[i].address != NULL), "%s", good[i].text);
		if (!good[i].address)
			continue;
		inet_pton(six ? AF_INET6 : AF_INET, good[i].address, address);
		cr_expect(eq(int, filter.family, six ? VFG_IPV6 : VFG_IPV4), "%s", good[i].text);
		cr_expect(eq(int, filter.bits, good[i].bits), "%s", good[i].text);
		cr_expect(zero(int, memcmp(filter.address, address, six ? 16 : 4)), "%s",
			  good[i].text);
	}
}

Test(endpoint, what_is_no_address_is_refused)
{
	static const char too_long[] = "0000:0000:0000:0000:0000:0000:0000:0000:0000:"
				       "0000:0000:0000:0000:0000:0000:0000:0000:0000";
	const char *const bad[] = {"",
				   ":",
				   "/24",
				   "192.0.2.1:",
				   "192.0.2.1:65536",
				   "192.0.2.1:http",
				   "192.0.2.1:-1",
				   "192.0.2.1/33",
				   "192.0.2.1/",
				   "192.0.2.1/2x",
				   "192.0.2",
				   "192.0.2.256",
				   "localhost",
				   "2001:db8::/129",
				   "2001:db8:::1",
				   "[2001:db8::1",
				   "[2001:db8::1]443",
				   "[2001:db8::1]:",
				   "[2001:db8::/32]/32",
				   "[192.0.2.1]:80",
				   "[]:80",
				   "192.0.2.1 ",
				   too_long};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct vfg_endpoint_filter filter;

		cr_expect(ne(int, vfg_endpoint_parse(bad[i], &filter), 0), "%s", bad[i]);
	}
}

static const struct {
	const char *filter;
	const char *address;
	int port;
	bool matches;
} rows[] = {
	{"192.0.2.0/24", "192.0.2.255", 1, true},
	{"192.0.2.0/24", "192.0.3.0", 1, false},
	{"192.0.2.128/25", "192.0.2.128", 1, true},
	{"192.0.2.128/25", "192.0.2.127", 1, false},
	{"192.0.2.9/31", "192.0.2.8", 1, true}, /* bits of the host are no matter */
	{"192.0.2.0/24:80", "192.0.2.1", 80, true},
	{"192.0.2.0/24:80", "192.0.2.1", 81, false},
	{":80", "2001:db8::1", 80, true},
	{":80", "2001:db8::1", VFG_PORT_NONE, false},
	{":0", "192.0.2.1", VFG_PORT_NONE, false},
	{"0.0.0.0/0", "2001:db8::1", 1, false},
	{"::/0", "192.0.2.1", 1, false},
	{"::/0", "2001:db8::1", 1, true},
	{"2001:db8::/33", "2001:db8:7fff::", 1, true},
	{"2001:db8::/33", "2001:db8:8000::", 1, false},
	{"2001:db8::1", "2001:db8::1", 1, true},
	{"2001:db8::1", "2001:db8::2", 1, false},
};

Test(endpoint, prefixes_match_to_the_bit)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool six = strchr(rows[i].address, ':');
		struct vfg_endpoint_filter filter;
		uint8_t address[16];

		cr_assert(zero(int, vfg_endpoint_parse(rows[i].filter, &filter)));
		inet_pton(six ? AF_INET6 : AF_INET, rows[i].address, address);
		cr_expect(eq(int,
			     vfg_endpoint_matches(&filter, six ? VFG_IPV6 : VFG_IPV4, address,
						  rows[i].port),
			     rows[i].matches),
			  "%s on %s", rows[i].filter, rows[i].address);
	}
}

Test(endpoint, ipv6_with_a_port_stands_in_brackets)
{
	char text[VFG_ENDPOINT_TEXT_MAX];
	uint8_t address[16];

	inet_pton(AF_INET6, "2001:db8::1", address);
	vfg_endpoint_text(VFG_IPV6, address, 443, text);
	cr_expect(eq(str, text, "[2001:db8::1]:443"));
	cr_expect(eq(sz, vfg_endpoint_text(VFG_IPV6, address, VFG_PORT_NONE, text), 11));
	cr_expect(eq(str, text, "2001:db8::1"));
	inet_pton(AF_INET, "255.100.10.0", address);
	vfg_endpoint_text(VFG_IPV4, address, 0, text);
	cr_expect(eq(str, text, "255.100.10.0:0"));
}

Test(endpoint, protocols_have_names_and_numbers)
{
	char text[VFG_PROTOCOL_TEXT_MAX];

	cr_expect(eq(int, vfg_protocol_parse("TCP"), 6));
	cr_expect(eq(int, vfg_protocol_parse("icmpv6"), 58));
	cr_expect(eq(int, vfg_protocol_parse("Gre"), 47));
	cr_expect(eq(int, vfg_protocol_parse("0"), 0));
	cr_expect(eq(int, vfg_protocol_parse("255"), 255));
	cr_expect(eq(int, vfg_protocol_parse("256"), -EINVAL));
	cr_expect(eq(int, vfg_protocol_parse("18446744073709551617"), -EINVAL));
	cr_expect(eq(int, vfg_protocol_parse("tpc"), -EINVAL));
	cr_expect(eq(int, vfg_protocol_parse("6x"), -EINVAL));
	cr_expect(eq(int, vfg_protocol_parse(""), -EINVAL));
	vfg_endpoint_protocol_text(17, text);
	cr_expect(eq(str, text, "udp"));
	vfg_endpoint_protocol_text(200, text);
	cr_expect(eq(str, text, "200"));
	/* What is shown can be asked for. */
	for (int number = 0; number < 256; number++) {
		vfg_endpoint_protocol_text((uint8_t)number, text);
		cr_expect(eq(int, vfg_protocol_parse(text), number));
	}
}

Test(age, is_short_to_read)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} spans[] = {{0, "0s"},	       {59, "59s"},	    {60, "1m00s"},	 {245, "4m05s"},
		     {3599, "59m59s"}, {3600, "1h00m"},	    {11220, "3h07m"},	 {86399, "23h59m"},
		     {86400, "1d00h"}, {1051200, "12d04h"}, {8640000, "100d00h"}};
	char text[VFG_AGE_TEXT_MAX];

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		cr_expect(eq(sz, vfg_age_text(spans[i].seconds * 1000 + 999, text),
			     strlen(spans[i].text)));
		cr_expect(eq(str, text, (char *)spans[i].text));
	}
	cr_expect(eq(u64, vfg_age_ms(1000, 1000), 64000));
	cr_expect(eq(u64, vfg_age_ms(1000, 250), 256000));
	cr_expect(eq(u64, vfg_age_ms(UINT32_MAX, 100), 2748779068800));
}
