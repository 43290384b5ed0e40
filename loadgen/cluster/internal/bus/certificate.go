package bus

import (
	"crypto/ed25519"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"time"
)

// Files are the paths of certificates in PEM. The zero Files are none.
type Files struct {
	Cert, Key string // of this end
	CA        string // that signed the certificate of the other end
}

// errToken is about a server that has made its certificate with another token.
var errToken = errors.New("the certificate is of another token")

// ownName is in certificates that servers make.
const ownName = "Load Generator coordinator"

// errPin is about a server that has another certificate than the one that the join string names.
var errPin = errors.New("the certificate is not the one that the join string names")

// serving is the TLS of a server. Without files it makes a certificate, whose key those who have the token know,
// and returns its SHA-256.
func (f Files) serving(token string) (c *tls.Config, pin string, err error) {
	c = &tls.Config{MinVersion: tls.VersionTLS12}
	if f == (Files{}) {
		cert, err := selfSigned(keyOf(token))
		if err != nil {
			return nil, "", err
		}
		c.Certificates = []tls.Certificate{cert}
		return c, fingerprint(cert.Certificate[0]), nil
	}
	if f.Cert == "" {
		return nil, "", failed(ErrCertificate, "a CA for the certificates of workers needs a certificate and its key for this end")
	}
	if err := f.own(c); err != nil {
		return nil, "", err
	}
	if f.CA != "" {
		c.ClientAuth = tls.RequireAndVerifyClientCert
		c.ClientCAs, err = f.authorities()
	}
	return c, "", err
}

// asking is the TLS of a client. pin is the SHA-256 of the server's certificate, which then needs neither a
// signature nor a name nor a date: machines under test often have the wrong time.
// Without a pin and a CA, one with the key of the token will do, too; nil: the system's authorities decide.
func (f Files) asking(pin string, key func() ed25519.PublicKey) (c *tls.Config, err error) {
	c = &tls.Config{MinVersion: tls.VersionTLS12}
	if err := f.own(c); err != nil {
		return nil, err
	}
	if f.CA != "" {
		if c.RootCAs, err = f.authorities(); err != nil {
			return nil, err
		}
	}
	switch {
	case pin != "":
		c.InsecureSkipVerify = true
		c.VerifyConnection = func(s tls.ConnectionState) error {
			if fingerprint(s.PeerCertificates[0].Raw) != pin {
				return errPin
			}
			return nil
		}
	case f.CA == "" && key != nil:
		c.InsecureSkipVerify = true
		c.VerifyConnection = knowing(key)
	}
	return c, nil
}

// knowing accepts the certificate that a server with the key of the token makes, and those that the system's
// authorities vouch for.
func knowing(own func() ed25519.PublicKey) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		first := s.PeerCertificates[0]
		if key, ok := first.PublicKey.(ed25519.PublicKey); ok && first.Subject.CommonName == ownName {
			if key.Equal(own()) {
				return nil
			}
			return errToken
		}
		rest := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			rest.AddCert(c)
		}
		_, err := first.Verify(x509.VerifyOptions{DNSName: s.ServerName, Intermediates: rest})
		return err
	}
}

// keyOf is the key of the certificate of a server with a token: who has the one can work out the other. Guesses of a
// token that is not random cost some tenths of a second of CPU each.
func keyOf(token string) ed25519.PrivateKey {
	seed, err := pbkdf2.Key(sha256.New, token, []byte("load-generator bus certificate"), 200_000, ed25519.SeedSize)
	if err != nil {
		panic("bus: " + err.Error()) // it refuses short keys alone, and only where FIPS 140 holds
	}
	return ed25519.NewKeyFromSeed(seed)
}

func (f Files) own(c *tls.Config) error {
	if f.Cert == "" && f.Key == "" {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return failed(ErrCertificate, "certificate %s with key %s: %v", f.Cert, f.Key, err)
	}
	c.Certificates = []tls.Certificate{cert}
	return nil
}

// expired says since when this end's own certificate is out of date, by a clock that may be wrong; "": it is not.
func (f Files) expired() string {
	c := new(tls.Config)
	if err := f.own(c); err != nil || len(c.Certificates) == 0 || c.Certificates[0].Leaf == nil {
		return ""
	}
	if end := c.Certificates[0].Leaf.NotAfter; time.Now().After(end) {
		return fmt.Sprintf("%s was valid until %s", f.Cert, end.UTC().Format("2006-01-02 15:04 MST"))
	}
	return ""
}

func (f Files) authorities() (*x509.CertPool, error) {
	text, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, failed(ErrCertificate, "CA: %v", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, failed(ErrCertificate, "CA: %s has no certificate in PEM", f.CA)
	}
	return pool, nil
}

// fingerprint is what `openssl x509 -fingerprint -sha256` shows, in lower case and without colons.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// selfSigned makes the certificate of a key. It is the same each time, so that a server that is started again is
// known by the join string of the first start.
func selfSigned(key ed25519.PrivateKey) (tls.Certificate, error) {
	id := sha256.Sum256(key.Public().(ed25519.PublicKey))
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(id[:15]), Subject: pkix.Name{CommonName: ownName},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:  time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280, 4.1.2.5: none
		KeyUsage:  x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
