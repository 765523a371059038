/* The limit: an MQTT client that does nothing but answer. Every QoS 1 message on tapwell/NAME/up/pay is acknowledged and
 * answered on tapwell/NAME/down/receipt with SIZE bytes; what one read brought is answered in one write.
 *
 *   echo PORT CLIENT_ID SIZE        MQTT 3.1.1 over TCP on 127.0.0.1, until it is killed
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 22 };
static unsigned char in[ROOM], out[ROOM], filler[65536];
static size_t have, ready;
static unsigned next_id = 1;

static void put(const void *bytes, size_t size) { memcpy(out + ready, bytes, size); ready += size; }
static void put_byte(unsigned value) { out[ready++] = (unsigned char)value; }
static void put_two(unsigned value) { put_byte(value >> 8 & 255); put_byte(value & 255); }
static void put_text(const char *text, size_t size) { put_two((unsigned)size); put(text, size); }

static void put_head(unsigned kind, size_t size)
{
	put_byte(kind);
	do {
		put_byte((size & 127) | (size > 127 ? 128 : 0));
		size >>= 7;
	} while (size);
}

static void answer(const unsigned char *topic, size_t length, const unsigned char *id, size_t size)
{
	static const char up[] = "/up/pay", down[] = "/down/receipt";
	size_t name = length - (sizeof up - 1);
	put_head(0x40, 2);
	put(id, 2);
	if (length < sizeof up || memcmp(topic + name, up, sizeof up - 1))
		return;
	put_head(0x32, 2 + name + sizeof down - 1 + 2 + size);
	put_two((unsigned)(name + sizeof down - 1));
	put(topic, name);
	put(down, sizeof down - 1);
	put_two(next_id);
	next_id = next_id % 65535 + 1;
	put(filler, size);
}

/* One packet at the front of `in`: its length, 0 while it is not whole. */
static size_t take(size_t size)
{
	size_t at = 1, body = 0, shift = 0;
	do {
		if (at >= have)
			return 0;
		body |= (size_t)(in[at] & 127) << shift;
		shift += 7;
	} while (in[at++] & 128);
	if (have < at + body)
		return 0;
	if ((in[0] & 0xF6) == 0x32) {
		size_t length = (size_t)in[at] << 8 | in[at + 1];
		answer(in + at + 2, length, in + at + 2 + length, size);
	}
	return at + body;
}

static void flush(int wire)
{
	for (size_t sent = 0; sent < ready;) {
		ssize_t now = write(wire, out + sent, ready - sent);
		if (now <= 0)
			exit(1);
		sent += (size_t)now;
	}
	ready = 0;
}

int main(int count, char **words)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, wire = socket(AF_INET, SOCK_STREAM, 0);
	if (count != 4)
		return 2;
	to.sin_port = htons((unsigned short)atoi(words[1]));
	setsockopt(wire, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(wire, (struct sockaddr *)&to, sizeof to))
		return 1;
	memset(filler, 'x', sizeof filler);
	put_head(0x10, 10 + 2 + strlen(words[2]));
	put_text("MQTT", 4);
	put("\x04\x02\x00\x3c", 4);
	put_text(words[2], strlen(words[2]));
	put_head(0x82, 2 + 2 + 14 + 1);
	put_two(1);
	put_text("tapwell/+/up/#", 14);
	put_byte(1);
	flush(wire);
	puts("ready");
	fflush(stdout);
	for (ssize_t came; (came = read(wire, in + have, ROOM - have)) > 0;) {
		size_t used;
		have += (size_t)came;
		while (have && (used = take((size_t)atoi(words[3]))))
			memmove(in, in + used, have -= used);
		flush(wire);
	}
	return 1;
}
