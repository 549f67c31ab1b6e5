#!/usr/bin/env python3
"""schema.py COMPUTE.json STORAGE.json SECRETMANAGER.json > schema_table.c

Write the part of Google's API descriptions that the test cloud knows: methods
with their paths and parameters, and every message these reach, as C tables.
Only facts are taken: names, types, formats, enum values.
"""
import json
import re
import sys

COMPUTE = {
    'images': 'insert get list delete patch setLabels',
    'instances': 'insert get list aggregatedList delete setTags setMetadata'
                 ' setLabels setMachineType start stop reset addAccessConfig'
                 ' deleteAccessConfig setDeletionProtection'
                 ' getSerialPortOutput',
    'firewalls': 'insert get list patch delete',
    'addresses': 'insert get list aggregatedList delete setLabels',
    'disks': 'get aggregatedList delete',
    'instanceTemplates': 'insert get list delete',
    'regionInstanceGroupManagers': 'insert get list delete patch resize'
                                   ' listManagedInstances',
    'instanceGroupManagers': 'aggregatedList',
    'globalOperations': 'get wait list',
    'regionOperations': 'get wait list',
    'zoneOperations': 'get wait list',
    'zones': 'get list',
    'regions': 'get list',
    'machineTypes': 'get list',
    'projects': 'get',
    'networks': 'get list',
}
STORAGE = {
    'buckets': 'get testIamPermissions',
    'objects': 'get list delete insert patch',
}
# What the documentation demands; the descriptions do not say it.
REQUIRED = {
    'compute.images.insert': 'name',
    'compute.images.setLabels': 'labelFingerprint',
    'compute.instances.insert': 'name machineType disks networkInterfaces',
    'compute.instances.setTags': 'fingerprint',
    'compute.instances.setMetadata': 'fingerprint',
    'compute.instances.setLabels': 'labelFingerprint',
    'compute.instances.setMachineType': 'machineType',
    'compute.firewalls.insert': 'name',
    'compute.addresses.insert': 'name',
    'compute.addresses.setLabels': 'labelFingerprint',
    'compute.instanceTemplates.insert': 'name properties',
    'compute.regionInstanceGroupManagers.insert':
        'name baseInstanceName targetSize',
}
NAME = '[a-z]([-a-z0-9]{0,61}[a-z0-9])?'
PATTERNS = {(m, 'name'): NAME for m in (
    'Image', 'Instance', 'Firewall', 'Address', 'InstanceTemplate',
    'InstanceGroupManager')}
PATTERNS[('InstanceGroupManager', 'baseInstanceName')] = \
    '[a-z]([-a-z0-9]{0,57}[a-z0-9])?'
PATTERNS[('Metadata.Items', 'key')] = '[-a-zA-Z0-9_]{1,128}'
PATTERNS[('Items', 'key')] = '[-a-zA-Z0-9_]{1,128}'
# Values that are documented, and that the descriptions lack.
VALUES = {
    ('InstanceGroupManagerUpdatePolicy', 'type'): ['PROACTIVE'],
}
TYPES = {
    ('string', None): 'STRING', ('string', 'int64'): 'INT64',
    ('string', 'uint64'): 'UINT64', ('string', 'byte'): 'STRING',
    ('string', 'date-time'): 'STRING', ('string', 'date'): 'STRING',
    ('string', 'google-datetime'): 'STRING',
    ('integer', 'int32'): 'INT32', ('integer', 'uint32'): 'INT32',
    ('boolean', None): 'BOOL', ('number', 'double'): 'NUMBER',
    ('number', 'float'): 'NUMBER', ('any', None): 'ANY',
}


def ident(name):
    return re.sub(r'[^A-Za-z0-9]', '_', name)


class Table:
    def __init__(self, prefix, description):
        self.prefix = prefix
        self.schemas = description['schemas']
        self.seen = {}

    def use(self, name):
        if name not in self.schemas:
            return None
        if name not in self.seen:
            self.seen[name] = None
            self.seen[name] = self.fields(name, self.schemas[name])
        return '&%s_%s' % (self.prefix, ident(name))

    def inline(self, name, schema):
        if name not in self.seen:
            self.seen[name] = None
            self.seen[name] = self.fields(name, schema)
        return '&%s_%s' % (self.prefix, ident(name))

    def kind(self, owner, field, f):
        """(type, message, enum) of one value."""
        if '$ref' in f:
            m = self.use(f['$ref'])
            return ('MESSAGE', m, None) if m else ('ANY', None, None)
        if f.get('type') == 'object' and 'properties' in f:
            return ('MESSAGE', self.inline(owner + '.' + field, f), None)
        if f.get('type') == 'object':
            return ('ANY', None, None)
        enum = f.get('enum')
        if enum:
            enum = sorted(enum + VALUES.get((owner, field), []))
        t = TYPES[(f['type'], f.get('format'))]
        return (t, None, ' '.join(enum) if enum else None)

    def fields(self, name, schema):
        rows = []
        for field, f in sorted(schema.get('properties', {}).items()):
            flags, value = '0', f
            if f.get('type') == 'array':
                flags, value = 'GCE_LIST', f['items']
            elif 'additionalProperties' in f:
                flags, value = 'GCE_MAP', f['additionalProperties']
            t, message, enum = self.kind(name, field, value)
            row = '\t{.name = "%s", .type = GCE_%s' % (field, t)
            if flags != '0':
                row += ', .flags = ' + flags
            if message:
                row += ', .message = ' + message
            if enum:
                row += ', .values = "%s"' % enum
            if (name, field) in PATTERNS:
                row += ', .pattern = "%s"' % PATTERNS[(name, field)]
            rows.append(row + '},\n')
        return rows

    def write(self, out):
        names = sorted(self.seen)
        for n in names:
            out.append('static const struct gce_message %s_%s;\n'
                       % (self.prefix, ident(n)))
        for n in names:
            i = '%s_%s' % (self.prefix, ident(n))
            out.append('\nstatic const struct gce_field %s_fields[] = {\n' % i)
            out.extend(self.seen[n])
            out.append('\t{0},\n};\nstatic const struct gce_message %s = '
                       '{\n\t"%s", %s_fields};\n' % (i, n, i))


def method_row(table, base, m):
    path = m.get('path')
    params = [p for p, v in sorted(m['parameters'].items())
              if v.get('location') == 'query']
    request = table.use(m['request']['$ref']) if 'request' in m else 'NULL'
    answer = table.use(m['response']['$ref']) if 'response' in m else 'NULL'
    row = '\t{"%s", "%s", "%s%s",\n\t "%s",\n\t %s, %s, "%s"},\n' % (
        m['id'], m['httpMethod'], base, path, ' '.join(params), request,
        answer, REQUIRED.get(m['id'], ''))
    return row


def main():
    compute, storage, secrets = (json.load(open(f)) for f in sys.argv[1:4])
    rows, out = [], []
    tables = []
    for prefix, d, wanted, base in (
            ('c', compute, COMPUTE, '/compute/v1/'),
            ('s', storage, STORAGE, '/storage/v1/')):
        t = Table(prefix, d)
        tables.append(t)
        for resource, names in wanted.items():
            for name in names.split():
                m = d['resources'][resource]['methods'][name]
                rows.append(method_row(t, base, m))
                if name == 'insert' and prefix == 's':
                    up = dict(m, id='storage.upload.start',
                              path='b/{bucket}/o')
                    up['parameters'] = dict(
                        m['parameters'],
                        uploadType={'location': 'query'},
                        upload_id={'location': 'query'})
                    rows.append(method_row(t, '/upload/storage/v1/', up))
                    put = dict(up, id='storage.upload.put', httpMethod='PUT')
                    put.pop('request')
                    rows.append(method_row(t, '/upload/storage/v1/', put))
    t = Table('m', secrets)
    tables.append(t)
    m = secrets['resources']['projects']['resources']['secrets']
    m = m['resources']['versions']['methods']['access']
    # Its path is one parameter, "{+name}:access"; here it has its parts.
    rows.append(method_row(t, '/', dict(m, path=re.sub(
        'projectsId', 'project_id', m['flatPath']))))
    out.append('/*\n * schema_table.c - made by schema.py from Google\'s API '
               'descriptions.\n * Do not edit.\n */\n'
               '#include "tests/gce/schema.h"\n\n#include <stddef.h>\n\n'
               '/* clang-format off */\n\n')
    for t in tables:
        t.write(out)
    out.append('\nconst struct gce_method gce_methods[] = {\n')
    out.extend(rows)
    out.append('\t{0},\n};\n')
    sys.stdout.write(''.join(out))


main()
