package httpclient_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// selfSigned is a certificate for ip and a pool that trusts it.
func selfSigned(t *testing.T, ip net.IP, from, until time.Time) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{ip}, NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// TestBadCertificates of an authority that is trusted, so that nothing else is
// wrong with them.
func TestBadCertificates(t *testing.T) { onEachWire(t, testBadCertificates) }

func testBadCertificates(t *testing.T, newClient maker) {
	const day = 24 * time.Hour
	here, elsewhere, now := net.IPv4(127, 0, 0, 1), net.IPv4(192, 0, 2, 1), time.Now()
	for _, x := range []struct {
		name        string
		ip          net.IP
		from, until time.Duration
		want        string
	}{
		{"good", here, -day, day, ""},
		{"expired", here, -2 * day, -day, "GET /: tls: certificate"},
		{"not valid yet", here, day, 2 * day, "GET /: tls: certificate"},
		{"of another host", elsewhere, -day, day, "GET /: tls: certificate"},
	} {
		t.Run(x.name, func(t *testing.T) {
			certificate, trust := selfSigned(t, x.ip, now.Add(x.from), now.Add(x.until))
			target := quietTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}}, status(http.StatusOK))
			err := newClient(t, target.URL, httpclient.Config{TLS: &tls.Config{RootCAs: trust}}).Get(t.Context(), "/").Err()
			if x.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, x.want)
		})
	}
}
