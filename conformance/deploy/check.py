"""Holds the manifests in deploy/kubernetes against the schemas of Kubernetes, and against each other.

Takes the folder. Prints what it checked; ends with 1 and names what is wrong otherwise.
"""

import pathlib
import sys

import kubernetes_validate
import yaml
from cloudcoil.models.prometheus_operator import v1 as prometheus_operator

KUBERNETES = "1.34"
# What makes a manifest one of ours.
NAME = "app.kubernetes.io/name"

problems = []


def problem(where, what):
    problems.append(f"{where}: {what}")


def load(path):
    return yaml.safe_load(path.read_text())


def unknown(given, understood, place=""):
    """The fields of what was given that nobody understood."""
    if isinstance(given, dict):
        for name, value in given.items():
            there = f"{place}.{name}"
            if not isinstance(understood, dict) or name not in understood:
                yield there
            else:
                yield from unknown(value, understood[name], there)
    elif isinstance(given, list):
        for number, value in enumerate(given):
            yield from unknown(value, understood[number], f"{place}[{number}]")


def check_schema(where, manifest):
    if manifest["apiVersion"].startswith("kustomize.config.k8s.io/"):
        return
    if manifest["kind"] == "ServiceMonitor":
        read = prometheus_operator.ServiceMonitor.model_validate(manifest)
        understood = read.model_dump(by_alias=True, exclude_unset=True, mode="json")
        for field in unknown(manifest, understood):
            problem(where, f"there is no field {field}")
        return
    try:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        problem(where, f"{'.'.join(map(str, error.path))}: {error.message}")


def check_kustomization(folder, files):
    """Every file is a resource of its kustomization, and every resource is there."""
    kustomization = load(folder / "kustomization.yaml")
    listed = set(kustomization["resources"])
    for generator in kustomization.get("configMapGenerator", []):
        for name in generator["files"]:
            if not (folder / name).is_file():
                problem(folder, f"there is no file {name}")
    for name in sorted(listed):
        if not (folder / name).exists():
            problem(folder, f"there is no resource {name}")
    for path in files:
        if path.parent == folder and path.name not in listed | {"kustomization.yaml"}:
            problem(path, "is no resource of its kustomization")


def seconds(span):
    return int(span[:-1]) * {"s": 1, "m": 60, "h": 3600}[span[-1]]


def check_fit(manifests):
    """What manifests say of each other holds."""
    kinds = {}
    for where, manifest in manifests.items():
        kinds.setdefault(manifest["kind"], []).append((where, manifest))
    (_, deployment), = kinds["Deployment"]
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    container, = template["spec"]["containers"]
    ports = {port["name"] for port in container["ports"]}

    def selects(where, selector, of=labels):
        wrong = {key: value for key, value in selector.items() if of.get(key) != value}
        if wrong or not selector:
            problem(where, f"selects {selector}, which the labels {of} do not have")

    selects("deployment", deployment["spec"]["selector"]["matchLabels"])
    for where, service in kinds["Service"]:
        selects(where, service["spec"]["selector"])
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports:
                problem(where, f"no container has a port {port['targetPort']}")
    for where, budget in kinds["PodDisruptionBudget"]:
        selects(where, budget["spec"]["selector"]["matchLabels"])
    for where, policy in kinds["NetworkPolicy"]:
        selects(where, policy["spec"]["podSelector"]["matchLabels"])
        for rule in policy["spec"]["ingress"]:
            for port in rule["ports"]:
                if port["port"] not in ports:
                    problem(where, f"no container has a port {port['port']}")
    for where, scaler in kinds["HorizontalPodAutoscaler"]:
        if scaler["spec"]["scaleTargetRef"]["name"] != deployment["metadata"]["name"]:
            problem(where, "scales something else")
    for where, monitor in kinds["ServiceMonitor"]:
        selector = monitor["spec"]["selector"]["matchLabels"]
        chosen = [
            service
            for _, service in kinds["Service"]
            if selector.items() <= service["metadata"].get("labels", {}).items()
        ]
        if len(chosen) != 1:
            problem(where, f"chooses {len(chosen)} services")
        for service in chosen:
            names = {port["name"] for port in service["spec"]["ports"]}
            for endpoint in monitor["spec"]["endpoints"]:
                if endpoint["port"] not in names:
                    problem(where, f"the service has no port {endpoint['port']}")

    # The container is killed when this is over: the drain has to be before.
    command = container["lifecycle"]["preStop"]["exec"]["command"]
    drain = seconds(command[command.index("--deadline") + 1])
    if template["spec"]["terminationGracePeriodSeconds"] < drain + 45:
        problem("deployment", f"ends within the {drain} s of its drain and what comes after")


def main():
    root = pathlib.Path(sys.argv[1])
    files = sorted(root.rglob("*.yaml"))
    manifests = {}
    for path in files:
        manifest = load(path)
        where = path.relative_to(root)
        check_schema(where, manifest)
        if not manifest["apiVersion"].startswith("kustomize"):
            manifests[where] = manifest
            if manifest["metadata"].get("labels", {}).get(NAME) != "wirehub":
                problem(where, f"has no label {NAME}")
        else:
            check_kustomization(path.parent, files)
    check_fit(manifests)
    for found in problems:
        print(found)
    print(f"{len(manifests)} manifests against Kubernetes {KUBERNETES}: {len(problems)} problems")
    return 1 if problems or not manifests else 0


sys.exit(main())
