package manifesttest_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	security "k8s.io/pod-security-admission/api"
	securitypolicy "k8s.io/pod-security-admission/policy"
)

// The overlay as it stands, with the volume that stays, and the pod that reads it.
func TestManifestsAreValid(t *testing.T) {
	c := newTree(t).built(t)
	assert.Len(t, c.jobs, 2)
	assert.Empty(t, c.claims)
	for _, namespace := range c.namespaces {
		assert.Equal(t, "load", namespace)
	}
	kept := newTree(t).keeping(t).built(t)
	require.Len(t, kept.claims, 1)
	out := kept.master().Spec.Volumes[0]
	require.Equal(t, "out", out.Name)
	require.Nil(t, out.EmptyDir)
	assert.Equal(t, kept.claims[0].Name, out.PersistentVolumeClaim.ClaimName)
	reader := readerPod(t)
	assert.Equal(t, kept.claims[0].Name, reader.Spec.Volumes[0].PersistentVolumeClaim.ClaimName)
}

// readerPod is the pod that reports are copied from, in a namespace, as kubectl -n puts it.
func readerPod(t *testing.T) *corev1.Pod {
	t.Helper()
	text, err := os.ReadFile("../keep/reader.yaml")
	require.NoError(t, err)
	o, err := decode(text)
	require.NoError(t, err)
	o.(*corev1.Pod).Namespace = "load"
	require.NoError(t, validate(o))
	return o.(*corev1.Pod)
}

// Mistakes as people make them: TestManifestsAreValid would see each.
func TestAMistakeIsFound(t *testing.T) {
	const master, workers, load = "/base/master.yaml", "/base/workers.yaml", overlay + "/load.yaml"
	for _, m := range []struct{ what, path, old, new, found string }{
		{"a misspelt field", workers, "podReplacementPolicy:", "podReplacmentPolicy:", `unknown field "spec.podReplacmentPolicy"`},
		{"a misspelt field deep down", master, "readOnlyRootFilesystem:", "readOnlyRootFileSystem:", `unknown field "spec.template.spec.containers[0].securityContext.readOnlyRootFileSystem"`},
		{"a field twice", master, "  backoffLimit: 0\n", "  backoffLimit: 0\n  backoffLimit: 0\n", `"backoffLimit" already defined`},
		{"a wrong enumerator", master, "restartPolicy: Never", "restartPolicy: never", `Unsupported value: "never"`},
		{"one that does not go with a Job", workers, "restartPolicy: Never", "restartPolicy: Always", `Required value: valid values: "OnFailure", "Never"`},
		{"a number as text", load, `LOCUST_USERS: "400"`, "LOCUST_USERS: 400", "cannot unmarshal number"},
		{"text as a number", workers, "maxSkew: 1", `maxSkew: "1"`, "cannot unmarshal string"},
		{"a quantity of nothing", workers, "memory: 512Mi", "memory: 512M1", "unable to parse quantity's suffix"},
		{"a limit below the request", master, "limits:\n              cpu: \"2\"", "limits:\n              cpu: \"1\"", "must be less than or equal to cpu limit"},
		{"a mount without a volume", master, "name: out\n              mountPath", "name: outt\n              mountPath", `Not found: "outt"`},
		{"a rule for failures without Never", workers, "restartPolicy: Never", "restartPolicy: OnFailure", `only "Never" is supported when podFailurePolicy is specified`},
		{"a port without a number", "/base/service.yaml", "port: 8089", "port: 80890", "must be between 1 and 65535"},
		{"a budget with both bounds", "/base/disruption.yaml", "  minAvailable:", "  maxUnavailable: 0\n  minAvailable:", "cannot be both set"},
		{"a rule for nothing", "/base/networkpolicy.yaml", "policyTypes: [Ingress]", "policyTypes: [Igress]", `Unsupported value: "Igress"`},
		{"an overlay without the number", load, "LOCUST_EXPECT_WORKERS:", "LOCUST_EXPECTED_WORKERS:", "LOCUST_EXPECT_WORKERS"},
	} {
		t.Run(m.what, func(t *testing.T) {
			mem := newTree(t)
			mem.edit(t, m.path, m.old, m.new)
			_, err := mem.build()
			assert.ErrorContains(t, err, m.found)
		})
	}
}

// LOCUST_EXPECT_WORKERS of ConfigMap lg-load is all that scaling takes. A number that is
// not one is refused, so what kustomize copies stays a number.
func TestOneNumberScales(t *testing.T) {
	mem := newTree(t)
	mem.edit(t, overlay+"/load.yaml", `LOCUST_EXPECT_WORKERS: "4"`, `LOCUST_EXPECT_WORKERS: "37"`)
	c := mem.built(t)
	workers := c.jobs["lg-workers"].Spec
	assert.EqualValues(t, 37, *workers.Parallelism)
	assert.EqualValues(t, 37, *workers.Completions)
	assert.Equal(t, "37", c.environment(t, c.master())["LOCUST_EXPECT_WORKERS"])
	assert.Equal(t, batchv1.IndexedCompletion, *workers.CompletionMode)
	assert.Contains(t, c.text, "parallelism: 37\n")
	assert.EqualValues(t, 1, *c.jobs["lg-master"].Spec.Parallelism)

	mem.edit(t, overlay+"/load.yaml", `"37"`, `"many"`)
	_, err := mem.build()
	assert.ErrorContains(t, err, "cannot decode !!str `many` as a !!int")
}

// Selectors choose the pods that they are about, and none of another application.
func TestSelectorsMatchTheirPods(t *testing.T) {
	c := newTree(t).built(t)
	selects := func(s *metav1.LabelSelector, pod map[string]string) bool {
		selector, err := metav1.LabelSelectorAsSelector(s)
		require.NoError(t, err)
		return selector.Matches(labels.Set(pod))
	}
	rules := c.network.Spec.Ingress
	require.Len(t, rules, 2)
	require.Len(t, rules[0].From, 1)
	require.Len(t, c.worker().Spec.TopologySpreadConstraints, 1)
	master, worker := c.master().Labels, c.worker().Labels
	strangers := []map[string]string{nil, {"app.kubernetes.io/name": "shop"}, {"app.kubernetes.io/component": "master"}, {"app.kubernetes.io/component": "worker"}}
	for _, s := range []struct {
		what           string
		selector       *metav1.LabelSelector
		master, worker bool
	}{
		{"the Service", &metav1.LabelSelector{MatchLabels: c.service.Spec.Selector}, true, false},
		{"the NetworkPolicy", &c.network.Spec.PodSelector, true, false},
		{"who reaches the bus", rules[0].From[0].PodSelector, false, true},
		{"the PodDisruptionBudget", c.disrupt.Spec.Selector, true, true},
		{"the spread over nodes", c.worker().Spec.TopologySpreadConstraints[0].LabelSelector, false, true},
	} {
		assert.Equal(t, s.master, selects(s.selector, master), "%s and the master", s.what)
		assert.Equal(t, s.worker, selects(s.selector, worker), "%s and a worker", s.what)
		for _, stranger := range strangers {
			assert.False(t, selects(s.selector, stranger), "%s and a pod with %v", s.what, stranger)
		}
	}
}

// Container, Service and NetworkPolicy name the same two ports, which are the program's.
func TestPortsAgree(t *testing.T) {
	c := newTree(t).built(t)
	ports := map[string]int32{}
	for _, p := range c.master().Spec.Containers[0].Ports {
		ports[p.Name] = p.ContainerPort
	}
	assert.Equal(t, map[string]int32{"bus": 5557, "page": 8089}, ports)
	assert.Equal(t, "5557", defaultOf(t, "--master-bind-port"))
	assert.Equal(t, "8089", defaultOf(t, "--web-port"))
	require.Len(t, c.service.Spec.Ports, len(ports))
	for _, p := range c.service.Spec.Ports {
		assert.Equal(t, ports[p.Name], p.Port)
		assert.Equal(t, intstr.FromString(p.Name), p.TargetPort)
	}
	assert.Equal(t, corev1.ClusterIPNone, c.service.Spec.ClusterIP)
	for i, name := range []string{"bus", "page"} {
		require.Len(t, c.network.Spec.Ingress[i].Ports, 1)
		assert.EqualValues(t, ports[name], c.network.Spec.Ingress[i].Ports[0].Port.IntValue())
	}
	assert.Contains(t, c.worker().Spec.Containers[0].Args, "--master-host="+c.service.Name)
}

// The tokens are in a Secret that kustomize does not know, and the page's reaches no worker.
func TestSecretsStayInSecrets(t *testing.T) {
	c := newTree(t).built(t)
	token := secrets["lg-token"]
	assert.Equal(t, token["LOAD_CLUSTER_TOKEN"], c.environment(t, c.master())["LOAD_CLUSTER_TOKEN"])
	assert.Equal(t, token["LOAD_WEB_TOKEN"], c.environment(t, c.master())["LOAD_WEB_TOKEN"])
	assert.Equal(t, token["LOAD_CLUSTER_TOKEN"], c.environment(t, c.worker())["LOAD_CLUSTER_TOKEN"])
	assert.NotContains(t, c.environment(t, c.worker()), "LOAD_WEB_TOKEN")
	for _, pod := range []*corev1.PodTemplateSpec{c.master(), c.worker()} {
		assert.Equal(t, secrets["lg-target"]["LOAD_OAUTH2_BEARER"], c.environment(t, pod)["LOAD_OAUTH2_BEARER"])
	}
	assert.NotContains(t, c.text, "kind: Secret")
	for name := range c.config.Data {
		assert.NotRegexp(t, "TOKEN|PASSWORD|BEARER|KEY", name)
	}
	for _, pod := range []*corev1.PodTemplateSpec{c.master(), c.worker()} {
		for _, arg := range pod.Spec.Containers[0].Args {
			assert.NotRegexp(t, "token|password|bearer", arg)
		}
	}
}

// Flags and variables are those of the reference, in the right one of its columns.
func TestReferenceHasEveryOption(t *testing.T) {
	reference := string(read(t, "docs/command.md"))
	c := newTree(t).built(t)
	for _, pod := range []*corev1.PodTemplateSpec{c.master(), c.worker()} {
		for _, arg := range pod.Spec.Containers[0].Args {
			flag, _, _ := strings.Cut(arg, "=")
			assert.True(t, regexp.MustCompile("`(-[A-Za-z] )?"+flag+"`").MatchString(reference), arg)
		}
		for name := range c.environment(t, pod) {
			assert.True(t, strings.Contains(reference, "`"+name+"`"), name)
		}
	}
}

// No pod that has failed begins the test again, no probe restarts one, and one that must go has
// time for the tasks in flight and 10 s for its files.
func TestNothingBeginsATestAgain(t *testing.T) {
	c := newTree(t).built(t)
	assert.EqualValues(t, 0, *c.jobs["lg-master"].Spec.BackoffLimit)
	assert.Equal(t, batchv1.Failed, *c.jobs["lg-workers"].Spec.PodReplacementPolicy)
	stop, err := strconv.Atoi(defaultOf(t, "--stop-timeout"))
	require.NoError(t, err)
	for _, pod := range []*corev1.PodTemplateSpec{c.master(), c.worker()} {
		assert.Equal(t, corev1.RestartPolicyNever, pod.Spec.RestartPolicy)
		require.Len(t, pod.Spec.Containers, 1, "a second container would keep the Job from ending")
		container := pod.Spec.Containers[0]
		assert.Nil(t, container.LivenessProbe)
		assert.Nil(t, container.StartupProbe)
		grace := time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
		assert.GreaterOrEqual(t, grace, time.Duration(stop)*time.Second+10*time.Second)
		assert.Equal(t, container.Resources.Requests, container.Resources.Limits, "no throttling, no neighbour")
		assert.GreaterOrEqual(t, container.Resources.Limits.Cpu().Value(), int64(2))
	}
	quit, err := strconv.Atoi(c.config.Data["LOCUST_AUTOQUIT"])
	require.NoError(t, err, "without it the master never ends")
	assert.GreaterOrEqual(t, quit, 0)
}

// A master that is killed is replaced where its run is kept, and only then; one that has ended by itself is not.
func TestAMasterThatIsKilledIsReplaced(t *testing.T) {
	c := newTree(t).keeping(t).built(t)
	job, kept := c.jobs["lg-master"].Spec, c.master().Spec.Containers[0]
	assert.Positive(t, *job.BackoffLimit)
	assert.Equal(t, batchv1.Failed, *job.PodReplacementPolicy)
	require.Len(t, job.PodFailurePolicy.Rules, 1)
	rule := job.PodFailurePolicy.Rules[0]
	assert.Equal(t, batchv1.PodFailurePolicyActionFailJob, rule.Action)
	assert.Equal(t, batchv1.PodFailurePolicyOnExitCodesOpNotIn, rule.OnExitCodes.Operator)
	assert.Equal(t, []int32{0, 137}, rule.OnExitCodes.Values)
	env := make(map[string]string)
	for _, v := range kept.Env {
		env[v.Name] = v.Value
	}
	assert.Equal(t, "true", env["LOAD_RESUME"])
	assert.Equal(t, kept.VolumeMounts[0].MountPath+"/run.lgc", env["LOAD_CHECKPOINT"])
}

// A namespace may ask for the restricted Pod Security Standard.
func TestPodsAreRestricted(t *testing.T) {
	judge, err := securitypolicy.NewEvaluator(securitypolicy.DefaultChecks(), nil)
	require.NoError(t, err)
	level := security.LevelVersion{Level: security.LevelRestricted, Version: security.LatestVersion()}
	c := newTree(t).built(t)
	reader := readerPod(t)
	template := corev1.PodTemplateSpec{ObjectMeta: reader.ObjectMeta, Spec: reader.Spec}
	for _, pod := range []*corev1.PodTemplateSpec{c.master(), c.worker(), &template} {
		for _, result := range judge.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
			assert.True(t, result.Allowed, "%s: %s", result.ForbiddenReason, result.ForbiddenDetail)
		}
		assert.True(t, *pod.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem)
		assert.False(t, *pod.Spec.AutomountServiceAccountToken)
	}
	c.worker().Spec.HostNetwork = true
	assert.False(t, securitypolicy.AggregateCheckResults(judge.EvaluatePod(level, &c.worker().ObjectMeta, &c.worker().Spec)).Allowed)
}

// The page of documentation names files and objects that exist.
func TestDocumentNamesWhatExists(t *testing.T) {
	document := read(t, "docs/kubernetes.md")
	names := slices.Concat(newTree(t).keeping(t).built(t).names, []string{readerPod(t).Name}, slices.Collect(maps.Keys(secrets)))
	for _, m := range regexp.MustCompile(`\blg-[a-z]+`).FindAllString(string(document), -1) {
		assert.Contains(t, names, m)
	}
	paths := regexp.MustCompile(`examples/kubernetes[\w./-]*\w`).FindAllString(string(document), -1)
	assert.NotEmpty(t, paths)
	for _, path := range paths {
		_, err := os.Stat("../../../" + path)
		assert.NoError(t, err)
	}
	for _, m := range regexp.MustCompile(`-l (\S+?)=(\w+)`).FindAllStringSubmatch(string(document), -1) {
		assert.Equal(t, m[2], newTree(t).built(t).master().Labels[m[1]], m[0])
	}
}

// defaultOf is the default of a flag in the reference, of the last one in its row.
func defaultOf(t *testing.T, flag string) string {
	t.Helper()
	row := regexp.MustCompile("(?m)^\\|[^|]*" + flag + "`[^|]*\\|[^|]*\\|[^|]*`([^`|]*)` \\|").FindSubmatch(read(t, "docs/command.md"))
	require.NotNil(t, row, "docs/command.md has no row of %s", flag)
	return string(row[1])
}
