package machines

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWorkersAndMastersThatDoNotTrustEachOther: each of them ends with 1 and one line that says why, and the target
// never sees a request.
func TestWorkersAndMastersThatDoNotTrustEachOther(t *testing.T) {
	t.Parallel()
	n := network(t, 1)
	_, _, join := n.lead(1)
	cert, key := certified(t, time.Now().Add(-time.Hour))
	expired := n.start("master", secret, "--master", "--master-bind-port", "5558", "--headless", "--host", "http://"+targetIP,
		"--cluster-tls-cert", cert, "--cluster-tls-key", key)
	expired.waitFor("Waiting for workers at")
	address, pin, _ := strings.Cut(join, "##")
	for _, c := range []struct {
		env  []string
		args []string
		says string
	}{
		{[]string{"LOAD_CLUSTER_TOKEN=" + token + "5"}, []string{"--master-host", join}, "the token or the password is not the right one"},
		{nil, []string{"--master-host", join}, "the token or the password is not the right one"},
		{secret, []string{"--master-host", address + "##" + strings.Repeat("0", len(pin))}, "is not the one that the join string names"},
		{secret, []string{"--master-host", masterIP, "--master-port", "5558", "--cluster-tls-ca", cert}, "has expired"},
	} {
		w := n.start(worker(0), c.env, append([]string{"--worker"}, c.args...)...)
		assert.Equal(t, 1, w.wait(), w.stderr.String())
		assert.Equal(t, 1, strings.Count(w.stderr.String(), c.says), w.stderr.String())
		assert.Equal(t, 1, strings.Count(w.stderr.String(), "/ERROR/"), w.stderr.String())
		assert.NotContains(t, w.stderr.String(), token)
	}
	assert.Zero(t, n.target.from(""))
}

// certified makes a certificate of the master that ends at an instant, and signs itself.
func certified(t *testing.T, end time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "master"}, IPAddresses: []net.IP{net.ParseIP(masterIP)},
		NotBefore: end.AddDate(-1, 0, 0), NotAfter: end, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return cert, key
}
