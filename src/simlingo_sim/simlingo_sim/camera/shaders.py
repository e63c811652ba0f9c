# SPDX-License-Identifier: Apache-2.0
"""The two shaders: one for everything that is lit, one for the sky.

Light and fog are computed per vertex, because a software rasteriser pays per pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

_VERTEX = """#version 330
%(defines)s
uniform mat4 p3d_ModelViewProjectionMatrix;
uniform mat4 p3d_ModelMatrix;
uniform vec3 eye_map;
uniform vec4 lamps;       // brake, left blinker, right blinker, gait phase
uniform vec4 paint;       // red, green, blue, gait amplitude
uniform vec3 sun_color;
uniform vec3 sun_direction;
uniform vec3 sky_light;
uniform vec3 ground_light;
uniform vec3 fog_color;
uniform float fog_density;
in vec3 p3d_Vertex;
in vec3 p3d_Normal;
in vec3 tint;
in vec3 p3d_MultiTexCoord0;
in float part;
#ifdef CLASSES
uniform float user_class; // of a road user; 0: by the layer
flat out float seen_class;
#endif
out vec3 light;           // times what haze lets through
out vec3 surface;         // texture u, v; share of haze
flat out float layer;
#ifdef SHADOWS
uniform mat4 shadow_from_map;
out vec4 shadow_place;    // place in the shadow map; share of light that shadow leaves
#endif
#ifdef LAMPS
uniform vec4 ego_map;     // x, y, cosine and sine of the yaw
uniform vec4 lamp_light;  // darkness; whether lamps are on; wetness of the road
out vec4 beam;            // place in base_link; share of light that haze lets through
out vec3 albedo;
out vec3 place_map;
out float mirror;         // share of the sky that a wet road shows
#endif

vec3 swing(vec3 p, float angle, vec2 joint) {
  vec2 q = p.xz - joint;
  float c = cos(angle), s = sin(angle);
  return vec3(c * q.x + s * q.y + joint.x, p.y, c * q.y - s * q.x + joint.y);
}

void main() {
  int kind = int(part + 0.5);
  vec3 position = p3d_Vertex;
  vec3 color = tint;
  float glow = 0.0;
  vec3 uv = p3d_MultiTexCoord0;
  if (kind == 1 || kind == 8 || kind == 9) color *= paint.rgb;
  if (kind >= 6 && kind <= 11) {
    float side = (kind == 6 || kind == 9 || kind == 11) ? 1.0 : -1.0;
    position = swing(position, side * sin(lamps.w) * paint.a, uv.xy);
    uv = vec3(0.0);
  }
  if (kind == 2 && lamps.x > 0.5) { color = vec3(1.0, 0.10, 0.08); glow = 1.0; }
  if (kind == 3 && lamps.y > 0.5) { color = vec3(1.0, 0.62, 0.05); glow = 1.0; }
  if (kind == 4 && lamps.z > 0.5) { color = vec3(1.0, 0.62, 0.05); glow = 1.0; }
  if (kind == 12) glow = 1.0;
  if (kind == 13 || kind == 14) {
    // Blue lights: the two sides flash in turn.
    if (int(lamps.w + 0.5) == kind - 12) { color = vec3(0.25, 0.45, 1.0); glow = 1.0; }
  }
  if (kind == 15 || kind == 16) {
    // A front door turns about its hinge; 15 is the left one.
    float angle = (kind == 15) ? -max(paint.a, 0.0) : max(-paint.a, 0.0);
    vec2 q = position.xy - uv.xy;
    float c = cos(angle), s = sin(angle);
    position.xy = uv.xy + vec2(c * q.x - s * q.y, s * q.x + c * q.y);
    color *= paint.rgb;
    uv = vec3(0.0);
  }
#ifdef LAMPS
  if (lamp_light.y > 0.5) {
    if (kind == 17) { color = vec3(1.0, 0.98, 0.90); glow = 1.0; }
    if (kind == 2 && lamps.x <= 0.5) { color = vec3(0.55, 0.03, 0.03); glow = 1.0; }
  }
#endif
  vec3 normal = normalize(mat3(p3d_ModelMatrix) * p3d_Normal);
  vec4 place = p3d_ModelMatrix * vec4(position, 1.0);
  vec3 view = place.xyz - eye_map;
  float distance2 = dot(view, view);
  float haze = 1.0 - exp(-distance2 * fog_density);
  vec3 ambient = mix(ground_light, sky_light, 0.5 + 0.5 * normal.z);
  vec3 sun = color * sun_color * max(dot(normal, sun_direction), 0.0);
  vec3 base = color * ambient;
  if (kind == 5 || kind == 1) {
    // Paint and glass mirror the sky, most where they are seen at a flat angle.
    float facing = abs(dot(normal, view)) * inversesqrt(distance2);
    float gloss = pow(1.0 - facing, 4.0) * (kind == 5 ? 0.75 : 0.22) + (kind == 5 ? 0.12 : 0.02);
    base = mix(base, fog_color * (0.55 + 0.45 * normal.z), gloss);
  }
  if (glow > 0.5) { base = color; sun = vec3(0.0); haze *= 0.3; }
  surface = vec3(uv.xy, haze);
  layer = uv.z;
#ifdef SHADOWS
  light = (base + sun) * (1.0 - haze);
  vec4 seen = shadow_from_map * (place + vec4(normal * 0.06, 0.0));
  const vec3 weight = vec3(0.3, 0.6, 0.1);
  shadow_place = vec4(seen.xyz * 0.5 + 0.5, dot(base, weight) / (dot(base + sun, weight) + 1e-4));
#else
  light = (base + sun) * (1.0 - haze);
#endif
#ifdef LAMPS
  vec2 ahead = place.xy - ego_map.xy;
  float aside = dot(ahead, vec2(-ego_map.w, ego_map.z));
  beam = vec4(dot(ahead, ego_map.zw), aside, place.z, 1.0 - haze);
  albedo = glow > 0.5 ? vec3(0.0) : color;
  place_map = place.xyz;
  // Grass does not mirror, the rest of the ground does.
  bool is_wet = normal.z > 0.95 && place.z < 0.2 && int(uv.z + 0.5) != 2;
  mirror = is_wet ? lamp_light.z : 0.0;
  if (is_wet) { light *= 1.0 - 0.25 * lamp_light.z; albedo *= 1.0 - 0.25 * lamp_light.z; }
#endif
#ifdef CLASSES
  // A white surface that lies on the ground is a marking, one that stands is a pole.
  bool is_marking = int(layer + 0.5) == 0 && normal.z > 0.95 && place.z < 0.2;
  seen_class = user_class > 0.5 ? user_class
      : is_marking ? 24.0 : class_of_layer[min(int(layer + 0.5), 16)];
#endif
  gl_Position = p3d_ModelViewProjectionMatrix * vec4(position, 1.0);
}
"""

_FRAGMENT = """#version 330
%(defines)s
uniform sampler2DArray surfaces;
uniform vec3 fog_color;
in vec3 light;
in vec3 surface;
flat in float layer;
out vec4 pixel;
#ifdef SHADOWS
uniform sampler2DShadow shadow_map;
in vec4 shadow_place;
#endif
#ifdef LAMPS
uniform vec3 eye_map;
uniform vec4 lamp_light;
uniform sampler2D street_light;
uniform vec4 street_area; // x, y of its corner in map; one over its width and height
in vec4 beam;
in vec3 albedo;
in vec3 place_map;
in float mirror;

// Low beams of the ego: wide near the car, far along its lane, dim above the cut-off.
float headlamps() {
  float ahead = beam.x - 2.2;
  float aside = beam.y / (2.4 + 0.2 * ahead);
  float cut = beam.z < 0.7 + 0.012 * ahead ? 1.0 : 0.3;
  return ahead < 0.0 ? 0.0
      : cut * min(ahead * 0.2, 1.0) * exp(-aside * aside) / (1.0 + ahead * ahead * 0.0011);
}
#endif
void main() {
  vec3 color = light;
#ifdef SHADOWS
  if (shadow_place.w < 0.98) {
    vec2 rim = abs(shadow_place.xy - 0.5);
    float lit = max(rim.x, rim.y) > 0.495 ? 1.0
        : texture(shadow_map, vec3(shadow_place.xy, shadow_place.z - 0.0012));
    color *= mix(shadow_place.w, 1.0, lit);
  }
#endif
  vec3 texel = texture(surfaces, vec3(surface.xy, layer)).rgb;
#ifdef LAMPS
  vec2 spot = (place_map.xy - street_area.xy) * street_area.zw;
  float street = texture(street_light, spot).r * max(0.0, 1.0 - 0.12 * place_map.z);
  vec3 lit = vec3(1.1, 1.07, 1.0) * headlamps() + vec3(0.80, 0.62, 0.40) * street;
  color += albedo * lit * (beam.w * lamp_light.x);
  color *= texel;
  if (mirror > 0.0) {
    vec3 view = normalize(place_map - eye_map);
    float flat_angle = pow(1.0 + view.z, 3.0);
    // Puddles: where the texture is dark, water stands.
    float water = mirror * flat_angle * clamp(2.6 - 3.0 * texel.g, 0.25, 1.0);
    color = mix(color, fog_color * 0.8 * beam.w, (0.75 - 0.5 * lamp_light.x) * water);
  }
  pixel = vec4(color + fog_color * surface.z, 1.0);
#else
  pixel = vec4(color * texel + fog_color * surface.z, 1.0);
#endif
}
"""

SKY_VERTEX = """#version 330
uniform mat4 p3d_ModelViewProjectionMatrix;
in vec3 p3d_Vertex;
in vec3 tint;
out vec3 color;
void main() {
  color = tint;
  vec4 place = p3d_ModelViewProjectionMatrix * vec4(p3d_Vertex, 1.0);
  // The far plane: everything else is in front.
  gl_Position = vec4(place.xy, place.w * 0.99999, place.w);
}
"""

SKY_FRAGMENT = """#version 330
in vec3 color;
out vec4 pixel;
void main() { pixel = vec4(color, 1.0); }
"""

CASTER_VERTEX = """#version 330
uniform mat4 p3d_ModelViewProjectionMatrix;
in vec3 p3d_Vertex;
void main() { gl_Position = p3d_ModelViewProjectionMatrix * vec4(p3d_Vertex, 1.0); }
"""

CASTER_FRAGMENT = """#version 330
out vec4 pixel;
void main() { pixel = vec4(1.0); }
"""


MOST_CLASSES = 32
SKY_CLASS_FRAGMENT = """#version 330
uniform vec3 class_color;
in vec3 color;
out vec4 pixel;
void main() { pixel = vec4(class_color, 1.0); }
"""

_CLASS_FRAGMENT = """#version 330
flat in float seen_class;
uniform vec3 class_colors[%(most)d];
out vec4 pixel;
void main() { pixel = vec4(class_colors[int(seen_class + 0.5)], 1.0); }
"""


def class_shader(class_of_layer: Sequence[int]) -> tuple[str, str]:
    """Return vertex and fragment source that show what something is instead of how it looks.

    Args:
        class_of_layer: class of each layer of the textures, 17 of them.
    """
    table = ', '.join(f'{value:.1f}' for value in class_of_layer)
    defines = (
        '#define CLASSES\n'
        f'const float class_of_layer[{len(class_of_layer)}] = '
        f'float[{len(class_of_layer)}]({table});'
    )
    return _VERTEX % {'defines': defines}, _CLASS_FRAGMENT % {'most': MOST_CLASSES}


def surface_shader(has_shadows: bool, has_lamps: bool = False) -> tuple[str, str]:
    """Return vertex and fragment source for everything that is lit.

    Args:
        has_shadows: whether the sun casts shadows.
        has_lamps: whether lamps light up surfaces and wet roads mirror, which costs more.
    """
    wanted = (('SHADOWS', has_shadows), ('LAMPS', has_lamps))
    defines = '\n'.join(f'#define {name}' for name, is_wanted in wanted if is_wanted)
    return _VERTEX % {'defines': defines}, _FRAGMENT % {'defines': defines}
