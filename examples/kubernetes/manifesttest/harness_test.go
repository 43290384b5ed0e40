// Package manifesttest holds the manifests of examples/kubernetes to what a cluster would
// say of them, without one: kustomize builds them, the types of Kubernetes decode them, and
// the validation of its API server judges them. It is a separate module, so that users
// inherit none of that.
package manifesttest_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// overlay is what is built, in the tree.
const overlay = "/overlays/todo"

// tree is examples/kubernetes in memory, where a test may change it.
type tree struct{ filesys.FileSystem }

// newTree reads the manifests into memory.
func newTree(t *testing.T) tree {
	t.Helper()
	mem := tree{filesys.MakeFsInMemory()}
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return mem.WriteFile("/"+filepath.ToSlash(strings.TrimPrefix(path, "../")), text)
	}))
	return mem
}

// edit replaces a text that must be in the file.
func (m tree) edit(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := m.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), old, path)
	require.NoError(t, m.WriteFile(path, bytes.ReplaceAll(text, []byte(old), []byte(new))))
}

// keeping has the reports on a volume that stays, as the comment in the overlay says.
func (m tree) keeping(t *testing.T) tree {
	m.edit(t, overlay+"/kustomization.yaml", "# - ../../keep", "- ../../keep")
	return m
}

// build runs kustomize, and decodes and validates what it makes.
func (m tree) build() (*cluster, error) {
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(m, overlay)
	if err != nil {
		return nil, err
	}
	c := &cluster{jobs: map[string]*batchv1.Job{}}
	for _, r := range made.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return nil, err
		}
		c.text += string(text)
		o, err := decode(text)
		if err == nil {
			err = validate(o)
		}
		if err == nil {
			err = c.add(o)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.GetKind(), r.GetName(), err)
		}
	}
	return c, nil
}

// built is the tree's cluster, without a mistake.
func (m tree) built(t *testing.T) *cluster {
	t.Helper()
	c, err := m.build()
	require.NoError(t, err)
	return c
}

// cluster is what would be in one, with the API server's defaults.
type cluster struct {
	text       string // all manifests
	jobs       map[string]*batchv1.Job
	config     *corev1.ConfigMap
	service    *corev1.Service
	network    *networkingv1.NetworkPolicy
	disrupt    *policyv1.PodDisruptionBudget
	claims     []*corev1.PersistentVolumeClaim
	names      []string
	namespaces []string
}

func (c *cluster) add(o runtime.Object) error {
	c.names = append(c.names, o.(metav1.Object).GetName())
	c.namespaces = append(c.namespaces, o.(metav1.Object).GetNamespace())
	switch o := o.(type) {
	case *batchv1.Job:
		c.jobs[o.Name] = o
	case *corev1.ConfigMap:
		c.config = o
	case *corev1.Service:
		c.service = o
	case *networkingv1.NetworkPolicy:
		c.network = o
	case *policyv1.PodDisruptionBudget:
		c.disrupt = o
	case *corev1.PersistentVolumeClaim:
		c.claims = append(c.claims, o)
	default:
		return fmt.Errorf("no test looks at a %T", o)
	}
	return nil
}

func (c *cluster) master() *corev1.PodTemplateSpec { return &c.jobs["lg-master"].Spec.Template }

func (c *cluster) worker() *corev1.PodTemplateSpec { return &c.jobs["lg-workers"].Spec.Template }

// secrets are those that are made by hand.
var secrets = map[string]map[string]string{
	"lg-token":  {"LOAD_CLUSTER_TOKEN": "the-token-of-workers-7f3a9c", "LOAD_WEB_TOKEN": "the-token-of-the-page-1b2e4d"},
	"lg-target": {"LOAD_OAUTH2_BEARER": "the-token-of-the-target-9c8b7a"},
}

// environment is that of the only container of a pod.
func (c *cluster) environment(t *testing.T, pod *corev1.PodTemplateSpec) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, from := range pod.Spec.Containers[0].EnvFrom {
		switch {
		case from.ConfigMapRef != nil:
			require.Equal(t, c.config.Name, from.ConfigMapRef.Name)
			maps.Copy(all, c.config.Data)
		case from.SecretRef != nil:
			require.Contains(t, secrets, from.SecretRef.Name)
			maps.Copy(all, secrets[from.SecretRef.Name])
		}
	}
	for _, e := range pod.Spec.Containers[0].Env {
		require.NotNil(t, e.ValueFrom, e.Name)
		switch from := e.ValueFrom; {
		case from.ConfigMapKeyRef != nil:
			require.Equal(t, c.config.Name, from.ConfigMapKeyRef.Name)
			require.Contains(t, c.config.Data, from.ConfigMapKeyRef.Key)
			all[e.Name] = c.config.Data[from.ConfigMapKeyRef.Key]
		case from.SecretKeyRef != nil:
			require.Contains(t, secrets[from.SecretKeyRef.Name], from.SecretKeyRef.Key)
			all[e.Name] = secrets[from.SecretKeyRef.Name][from.SecretKeyRef.Key]
		}
	}
	return all
}

// decode reads a manifest as its type of k8s.io/api: a field that the type has not, or that
// is there twice, is an error.
func decode(text []byte) (runtime.Object, error) {
	strict := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	o, _, err := strict.Decode(text, nil, nil)
	return o, err
}

// validate sets the API server's defaults, and judges an object as it does when one is created.
func validate(o runtime.Object) error {
	legacyscheme.Scheme.Default(o)
	if job, ok := o.(*batchv1.Job); ok {
		o = controlled(job)
	}
	internal, err := legacyscheme.Scheme.ConvertToVersion(o, runtime.InternalGroupVersioner)
	if err != nil {
		return err
	}
	return verdict(internal).ToAggregate()
}

// verdict is what Kubernetes' own validation says of an object.
func verdict(o runtime.Object) field.ErrorList {
	switch o := o.(type) {
	case *batch.Job:
		options := podutil.GetValidationOptionsFromPodTemplate(&o.Spec.Template, nil)
		return batchvalidation.ValidateJobCreate(o, batchvalidation.JobValidationOptions{PodValidationOptions: options, RequirePrefixedLabels: true})
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(o)
	case *core.Service:
		o.Spec.ClusterIPs = []string{o.Spec.ClusterIP} // as the server does
		return corevalidation.ValidateServiceCreate(o)
	case *core.PersistentVolumeClaim:
		return corevalidation.ValidatePersistentVolumeClaim(o, corevalidation.PersistentVolumeClaimSpecValidationOptions{})
	case *core.Pod:
		return corevalidation.ValidatePodCreate(o, podutil.GetValidationOptionsFromPodSpecAndMeta(&o.Spec, nil, &o.ObjectMeta, nil))
	case *networking.NetworkPolicy:
		return networkingvalidation.ValidateNetworkPolicy(o, networkingvalidation.NetworkPolicyValidationOptions{})
	case *policy.PodDisruptionBudget:
		return policyvalidation.ValidatePodDisruptionBudget(o, policyvalidation.PodDisruptionBudgetValidationOptions{})
	}
	return field.ErrorList{field.InternalError(nil, fmt.Errorf("nothing here validates a %T", o))}
}

// controlled is a Job with the labels and the selector that the API server adds.
func controlled(job *batchv1.Job) *batchv1.Job {
	job = job.DeepCopy()
	job.UID = "8f14e45f"
	maps.Copy(job.Spec.Template.Labels, map[string]string{
		"controller-uid": string(job.UID), batchv1.ControllerUidLabel: string(job.UID),
		"job-name": job.Name, batchv1.JobNameLabel: job.Name,
	})
	job.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: string(job.UID)}}
	return job
}

// read returns a file of the repository.
func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../../" + path)
	require.NoError(t, err)
	return text
}
