/* SPDX-License-Identifier: ISC */
/*
 * keepmark: reads the value of a keep attribute, strictly.
 *
 * Only what is certainly a "no" or a date in the past gives a machine up.
 */
#include <string.h>

#include "base/units.h"
#include "verdict/keepmark.h"

static bool
is_no(const char *s)
{
	static const char *const no[] = {"no", "false", "0", "off"};

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		const char *a = s, *b = no[i];

		while (*b != '\0' && (*a >= 'A' && *a <= 'Z' ? *a + 32 : *a) == *b)
			a++, b++;
		if (*a == '\0' && *b == '\0')
			return true;
	}
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
keepmark_holds(const char *value, int64_t now_s)
{
	char word[40];
	size_t n;
	int64_t first_s, last_s;

	if (value == NULL)
		return true;
	while (is_blank(*value))
		value++;
	n = strlen(value);
	while (n > 0 && is_blank(value[n - 1]))
		n--;
	if (n == 0 || n >= sizeof(word))
		return true;
	memcpy(word, value, n);
	word[n] = '\0';
	if (is_no(word))
		return false;
	return units_date(word, &first_s, &last_s) != 0 || now_s <= last_s;
}
