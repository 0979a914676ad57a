/* SPDX-License-Identifier: ISC */
/*
 * httpsay: tables from symptoms to words.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cloud/disk.h"
#include "cloud/httpsay.h"

/* Wordings of OpenSSL and GnuTLS as libcurl passes them on; the first row that matches counts. */
static const struct {
	const char *words, *also; /* both must be there; also may be NULL */
	enum fault_kind kind;
	const char *msg, *remedy;
} tls[] = {
    /* alerts: what the server thinks of our certificate */
    {"alert certificate required", NULL, FAULT_AUTH, "the server wants a client certificate",
	"give certificate and key (for a grid proxy the same file twice)"},
    {"alert certificate expired", NULL, FAULT_AUTH,
	"the server refuses our certificate: it has expired",
	"renew it; a grid proxy lasts for hours only: make a new one (voms-proxy-init)"},
    {"alert unknown ca", NULL, FAULT_AUTH,
	"the server does not know the authority that issued our certificate",
	"use a certificate of an authority that this site accepts"},
    {"alert certificate unknown", NULL, FAULT_AUTH, "the server refuses our certificate",
	"see that it is valid here and now; its own log says why"},
    {"alert certificate revoked", NULL, FAULT_AUTH,
	"the server refuses our certificate: it was revoked", "get a new one"},
    {"alert bad certificate", NULL, FAULT_AUTH,
	"the server refuses our certificate, or wants one",
	"see that it is valid, and that its key belongs to it"},
    {"alert handshake failure", NULL, FAULT_NETWORK,
	"the server ended the TLS handshake: no common version or cipher, or it wants a client "
	"certificate",
	"give certificate and key if it wants one; see its log"},
    /* what we think of the server's */
    {"ertificate has expired", NULL, FAULT_NETWORK, "the server's certificate has expired",
	"its administrator must renew it; see also that the clock of this machine is right"},
    {"expired", "certificate", FAULT_NETWORK, "the server's certificate has expired",
	"its administrator must renew it; see also that the clock of this machine is right"},
    {"not yet valid", NULL, FAULT_NETWORK, "the server's certificate is not valid yet",
	"see that the clock of this machine is right"},
    {"subject name", "match", FAULT_NETWORK, "the server's certificate is another host's",
	"write the host name that the certificate has"},
    {"does not match", "certificate", FAULT_NETWORK,
	"the server's certificate is another host's",
	"write the host name that the certificate has"},
    {"self-signed", NULL, FAULT_NETWORK,
	"the server's certificate is signed by an authority that is not known here (itself)",
	"set ca_file to the certificate of the authority, or to the server's own"},
    {"self signed", NULL, FAULT_NETWORK,
	"the server's certificate is signed by an authority that is not known here (itself)",
	"set ca_file to the certificate of the authority, or to the server's own"},
    {"issuer", NULL, FAULT_NETWORK,
	"the server's certificate is signed by an authority that is not known here",
	"set ca_file or ca_dir to the authority (grid: /etc/grid-security/certificates)"},
    {"wrong version number", NULL, FAULT_NETWORK, "no TLS is spoken there",
	"write http:// where the server has no TLS, or its TLS port"},
    {"packet length too long", NULL, FAULT_NETWORK, "no TLS is spoken there",
	"write http:// where the server has no TLS, or its TLS port"},
    /* our own files */
    {"private key", "pass", FAULT_POLICY, "the key is protected by a passphrase",
	"use a key without one, or a grid proxy (the same file as certificate and key)"},
    {"unable to set private key", NULL, FAULT_POLICY,
	"the key cannot be used: no PEM key, another certificate's, or protected by a "
	"passphrase",
	"name the key of this certificate, without a passphrase; or a grid proxy as both"},
    {"does not match the certificate public key", NULL, FAULT_POLICY,
	"the key is another certificate's", "name the key of this certificate"},
    {"could not load PEM client certificate", NULL, FAULT_POLICY,
	"the client certificate cannot be used: no certificate in PEM form",
	"name a PEM file (openssl pkcs12 -in FILE.p12 -out FILE.pem makes one)"},
};

bool
httpsay_tls(struct fault *f, const char *words)
{
	for (size_t i = 0; i < sizeof(tls) / sizeof(tls[0]); i++) {
		if (strstr(words, tls[i].words) == NULL ||
		    (tls[i].also != NULL && strstr(words, tls[i].also) == NULL))
			continue;
		fault_set(f, tls[i].kind, "%s (%s)", tls[i].msg, words);
		fault_remedy(f, "%s", tls[i].remedy);
		return true;
	}
	return false;
}

/* --- status ------------------------------------------------------------------------ */

static int
unauthorized(struct fault *f, const struct httpsay_answer *a, const char *by)
{
	const char *realm = a->realm != NULL ? a->realm : "";

	fault_set(f, FAULT_AUTH, "%s%sHTTP 401: %s%s%s%s", by, *by != '\0' ? ": " : "",
	    a->who == HTTPSAY_PASSWORD	    ? "wrong user or password"
	    : a->who == HTTPSAY_CERTIFICATE ? "this certificate is not registered"
					    : "it wants a user and password",
	    *realm != '\0' ? " (realm \"" : "", realm, *realm != '\0' ? "\")" : "");
	if (a->who == HTTPSAY_NOBODY)
		return fault_remedy(f,
		    "a web server or proxy stands before the daemon: check the address; "
		    "StratusLab's proxy needs dialect = stratuslab or a path that ends in "
		    "xmlrpc");
	if (*realm != '\0' && strstr(realm, "StratusLab") == NULL && a->what == NULL)
		return fault_remedy(f,
		    "the realm is not StratusLab's: check host and path before the password");
	return fault_remedy(f, "%s",
	    a->who == HTTPSAY_PASSWORD
		? "check user and password, and that the account is enabled"
		: "register its subject with the site (openssl x509 -subject -in FILE)");
}

int
httpsay_status(struct fault *f, const struct httpsay_answer *a)
{
	const char *by = a->what != NULL ? a->what : "", *colon = *by != '\0' ? ": " : "";

	switch (a->status) {
	case 400:
		/* nginx: 495 and 496 are shown as 400 with a page that says so. */
		if (strstr(a->page, "SSL certificate was sent") != NULL) {
			fault_set(f, FAULT_AUTH,
			    "%s%sHTTP 400: the server wants a client certificate", by, colon);
			return fault_remedy(f,
			    "give certificate and key (for a grid proxy the same file twice)");
		}
		if (strstr(a->page, "SSL certificate error") != NULL) {
			fault_set(f, FAULT_AUTH,
			    "%s%sHTTP 400: the server refuses our certificate (expired, or of "
			    "an "
			    "authority that it does not know)",
			    by, colon);
			return fault_remedy(f, "renew it (a grid proxy lasts for hours only), "
					       "or use one that this "
					       "site accepts");
		}
		if (strstr(a->page, "HTTP request was sent to HTTPS port") != NULL) {
			fault_set(
			    f, FAULT_NETWORK, "%s%sHTTP 400: TLS is spoken there", by, colon);
			return fault_remedy(f, "write https:// in the endpoint");
		}
		break;
	case 401:
		return unauthorized(f, a, by);
	case 403:
		fault_set(f, FAULT_RIGHTS,
		    "%s%sHTTP 403: known, but not allowed (no role cloud-access), or a "
		    "certificate that is not registered",
		    by, colon);
		return fault_remedy(f, "ask the site to enable the account for the cloud");
	case 404:
	case 405:
		fault_set(f, FAULT_NETWORK, "%s%sHTTP status %ld: nothing of the kind is there",
		    by, colon, a->status);
		if (a->what != NULL)
			return fault_remedy(f, "check the address");
		return fault_remedy(f, "wrong path for this release? oned: "
				       "http://HOST:2633/RPC2; StratusLab up to "
				       "14.03: https://HOST:2634/xmlrpc, from 14.06 on: "
				       "https://HOST/one-proxy/xmlrpc");
	case 502:
	case 503:
	case 504:
		fault_set(f, FAULT_NETWORK,
		    "%s%sHTTP status %ld: the web server is up, but what is behind it %s", by,
		    colon, a->status, a->status == 504 ? "does not answer in time" : "is down");
		return fault_remedy(f, "%s",
		    a->what != NULL ? "try again later; tell the site"
				    : "see one-proxy and oned on the front end");
	default:
		break;
	}
	if (a->status >= 300 && a->status < 400) {
		fault_set(f, FAULT_NETWORK,
		    "%s%sHTTP status %ld: a redirect to %s is not followed", by, colon,
		    a->status,
		    a->location != NULL && *a->location != '\0' ? a->location : "nowhere");
		return fault_remedy(f, "write the right address, if that is it");
	}
	fault_set(f, FAULT_NETWORK, "%s%sHTTP status %ld instead of 200", by, colon, a->status);
	return fault_remedy(f, "%s",
	    a->what != NULL ? "try again later; tell the site"
			    : "check [cloud] endpoint, and any proxy before the daemon");
}

void
httpsay_realm(const char *line, size_t len, char *buf, size_t size)
{
	static const char word[] = "realm=\"";
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i + sizeof(word) - 1 <= len; i++) {
		if (!disk_word_is_n(line + i, sizeof(word) - 1, word))
			continue;
		for (i += sizeof(word) - 1; i < len && line[i] != '"' && n + 1 < size; i++)
			buf[n++] = line[i] != '\0' ? line[i] : '?';
		buf[n] = '\0';
		return;
	}
}
