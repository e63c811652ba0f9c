# SPDX-License-Identifier: Apache-2.0
"""Compare every package.xml with setup.py or CMakeLists.txt and with what the code imports.

colcon takes a broken manifest for a plain Python package without a word, and a ROS user's rosdep
installs what the manifest names and nothing else; so both are checked here.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from catkin_pkg.package import InvalidPackage, Package, parse_package

# Python modules whose rosdep key is another name.
ROSDEP_KEYS = {
    'PIL': 'python3-pil',
    'aiohttp': 'python3-aiohttp',
    'cv2': 'python3-opencv',
    'hypothesis': 'python3-hypothesis',
    'jinja2': 'python3-jinja2',
    'joblib': 'python3-joblib',
    'lxml': 'python3-lxml',
    'matplotlib': 'python3-matplotlib',
    'networkx': 'python3-networkx',
    'numpy': 'python3-numpy',
    'psutil': 'python3-psutil',
    'pydantic': 'python3-pydantic',
    'scipy': 'python3-scipy',
    'shapely': 'python3-shapely',
    'yaml': 'python3-yaml',
}
# Modules without a rosdep key, and the requirement that brings each by pip.
REQUIREMENTS = {
    'accelerate': 'accelerate',
    'av': 'av',
    'carla': 'carla',
    'carla_driver_interface': 'carla-driver-interface',
    'direct': 'panda3d',
    'jaxtyping': 'jaxtyping',
    'libsumo': 'libsumo',
    'panda3d': 'panda3d',
    'peft': 'peft',
    'rich': 'rich',
    'rosbags': 'rosbags',
    'sacrebleu': 'sacrebleu',
    'safetensors': 'safetensors',
    'sumolib': 'sumolib',
    'tensorboard': 'tensorboard',
    'tokenizers': 'tokenizers',
    'torch': 'torch',
    'traci': 'traci',
    'transformers': 'transformers',
    'typer': 'typer',
    'vehiclemodels': 'commonroad-vehicle-models',
}
# What a package imports only where the user has it: engines, METEOR, SPICE, Foxglove and so on.
OPTIONAL = {
    'foxglove',
    'leaderboard',
    'nltk',
    'nncf',
    'onnx',
    'onnxruntime',
    'openvino',
    'pycocoevalcap',
    'tensorrt',
}
KINDS = {'.msg', '.srv', '.action'}
INTERFACE_BUILD = {'ament_cmake', 'rosidl_default_generators'}


def check_tree(root: Path) -> list[str]:
    """Return what is wrong in any package of the tree, one sentence each."""
    manifests = sorted(
        path
        for folder in ('src/*', 'interfaces/*', 'launch', 'training')
        for path in root.glob(f'{folder}/package.xml')
    )
    problems = [] if manifests else [f'no package.xml was found below {root}']
    requirements = read_requirements(root / 'requirements' / 'run.txt')
    names = {path.parent: path.parent.name for path in manifests}
    for path in manifests:
        try:
            package = parse_package(str(path))
        except InvalidPackage as error:
            problems.append(f'{path.relative_to(root)}: {error}')
            continue
        names[path.parent] = package.name
        where = path.parent.relative_to(root)
        problems += [f'{where}: {text}' for text in check_package(path.parent, package)]
        problems += [
            f'{where}: {text}' for text in check_pip_modules(path.parent, package, requirements)
        ]
    twice = {name for name in names.values() if list(names.values()).count(name) > 1}
    return problems + [f'two packages are called {name}' for name in sorted(twice)]


def check_package(folder: Path, package: Package) -> Iterator[str]:
    """Yield what is wrong with one package."""
    if package.package_format != 3:
        yield f'package.xml has format {package.package_format}; wanted: 3'
    if package.licenses != ['Apache-2.0']:
        yield f'package.xml has licence {package.licenses}; wanted: Apache-2.0'
    kind = package.get_build_type()
    if kind == 'ament_python':
        yield from check_setup(folder, package)
        yield from check_imports(folder, package)
    elif kind == 'ament_cmake':
        yield from check_cmake(folder, package)
    else:
        yield f'package.xml has build type {kind}; wanted: ament_python or ament_cmake'


def check_setup(folder: Path, package: Package) -> Iterator[str]:
    """Yield where setup.py, setup.cfg or the resource marker differ from the manifest."""
    arguments = read_setup(folder / 'setup.py')
    wanted = {
        'name': package.name,
        'version': package.version,
        'description': package.description,
        'maintainer': package.maintainers[0].name,
        'maintainer_email': package.maintainers[0].email,
        'license': package.licenses[0],
    }
    for key, value in wanted.items():
        if arguments.get(key) != value:
            yield f'setup.py has {key} {arguments.get(key)!r}; package.xml has {value!r}'
    configuration = folder / 'setup.cfg'
    text = configuration.read_text() if configuration.is_file() else ''
    if f'install_scripts=$base/lib/{package.name}' not in text.replace(' ', ''):
        yield f'setup.cfg does not put scripts into lib/{package.name}, where ros2 run looks'
    if not (folder / 'resource' / package.name).is_file():
        yield f'the marker resource/{package.name} is missing'


def read_setup(path: Path) -> dict[str, object]:
    """Return the constant keyword arguments of the call of setup, without running the file."""
    tree = ast.parse(path.read_text())
    constants: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            constants |= {t.id: node.value.value for t in node.targets if isinstance(t, ast.Name)}
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'setup'
    ]
    found: dict[str, object] = {}
    for keyword in calls[0].keywords if calls else []:
        if isinstance(keyword.value, ast.Constant):
            found[keyword.arg or ''] = keyword.value.value
        elif isinstance(keyword.value, ast.Name):
            found[keyword.arg or ''] = constants.get(keyword.value.id)
    return found


def imported_modules(folder: Path, without: Path | None = None) -> set[str]:
    """Return the top-level names of every import below a folder, late ones included."""
    found: set[str] = set()
    for path in folder.rglob('*.py'):
        if without is not None and path.is_relative_to(without):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition('.')[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                found.add(node.module.partition('.')[0])
    return found - set(sys.stdlib_module_names)


def check_imports(folder: Path, package: Package) -> Iterator[str]:
    """Yield dependencies that are used and not declared, or declared and not used."""
    used = imported_modules(folder / package.name) - {package.name} - OPTIONAL
    used_keys = {ROSDEP_KEYS.get(name, name) for name in used if name not in REQUIREMENTS}
    declared = {
        d.name for d in [*package.exec_depends, *package.build_depends, *package.run_depends]
    }
    # A package may also be named in text, such as the package of a node to start.
    text = '\n'.join(path.read_text() for path in (folder / package.name).rglob('*.py'))
    # What only the package's own testing aids import is needed by tests only.
    for_tests = {d.name for d in package.test_depends}
    testing = folder / package.name / 'testing'
    aids = imported_modules(testing) - imported_modules(folder / package.name, without=testing)
    aids_keys = {ROSDEP_KEYS.get(name, name) for name in aids} & for_tests
    missing = sorted(used_keys - declared - aids_keys)
    idle = sorted(
        name for name in declared - used_keys if not re.search(rf"\b{name}\b['.:]", text)
    )
    if missing:
        yield f'package.xml lacks <exec_depend> for {", ".join(missing)}'
    if idle:
        yield f'package.xml declares {", ".join(idle)}, which no module uses'


def check_pip_modules(folder: Path, package: Package, requirements: set[str]) -> Iterator[str]:
    """Yield modules that only pip can bring and that no requirement names."""
    if package.get_build_type() == 'ament_python':
        for name in sorted(imported_modules(folder / package.name) & set(REQUIREMENTS)):
            if REQUIREMENTS[name] not in requirements:
                yield f'{name} is imported, but requirements/run.txt lacks {REQUIREMENTS[name]}'


def read_requirements(path: Path) -> set[str]:
    """Return the names in a requirements file."""
    return set(re.findall(r'^([\w-]+)', path.read_text(), re.MULTILINE))


def check_cmake(folder: Path, package: Package) -> Iterator[str]:
    """Yield where CMakeLists.txt differs from the manifest or from the files that are there."""
    text = re.sub(r'#.*', '', (folder / 'CMakeLists.txt').read_text())
    project = re.search(r'project\((\w+)', text)
    if project is None or project[1] != package.name:
        yield f'CMakeLists.txt has project {project and project[1]}; wanted: {package.name}'
    depends = {d.name for d in package.build_depends}
    wanted = depends | {d.name for d in package.buildtool_depends}
    found = set(re.findall(r'find_package\((\w+)', text))
    if found != wanted or not wanted >= INTERFACE_BUILD:
        yield f'CMakeLists.txt finds {sorted(found)}; package.xml has {sorted(wanted)}'
    linked = re.search(r'DEPENDENCIES ([\w\s]+)\)', text)
    if linked is None or set(linked[1].split()) != depends:
        yield f'DEPENDENCIES of CMakeLists.txt are not exactly {", ".join(sorted(depends))}'
    files = {p.relative_to(folder).as_posix() for p in folder.glob('*/*.*') if p.suffix in KINDS}
    if set(re.findall(r'"(\w+/\w+\.\w+)"', text)) != files:
        yield f'CMakeLists.txt does not list exactly these files: {sorted(files)}'
    if 'rosidl_interface_packages' not in {group.name for group in package.member_of_groups}:
        yield 'package.xml is not in the group rosidl_interface_packages'


def main() -> int:
    """Check the tree that this file belongs to; return the exit code."""
    problems = check_tree(Path(__file__).resolve().parents[1])
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
