/*
 * schema_table.c - made by schema.py from Google's API descriptions.
 * Do not edit.
 */
#include "tests/gce/schema.h"

#include <stddef.h>

/* clang-format off */

static const struct gce_message c_AcceleratorConfig;
static const struct gce_message c_Accelerators;
static const struct gce_message c_AccessConfig;
static const struct gce_message c_Address;
static const struct gce_message c_AddressAggregatedList;
static const struct gce_message c_AddressList;
static const struct gce_message c_AddressesScopedList;
static const struct gce_message c_AdvancedMachineFeatures;
static const struct gce_message c_AliasIpRange;
static const struct gce_message c_Allowed;
static const struct gce_message c_AttachedDisk;
static const struct gce_message c_AttachedDiskInitializeParams;
static const struct gce_message c_BulkInsertOperationStatus;
static const struct gce_message c_BundledLocalSsds;
static const struct gce_message c_ConfidentialInstanceConfig;
static const struct gce_message c_CustomerEncryptionKey;
static const struct gce_message c_Data;
static const struct gce_message c_DateTime;
static const struct gce_message c_Denied;
static const struct gce_message c_DeprecationStatus;
static const struct gce_message c_Disk;
static const struct gce_message c_DiskAggregatedList;
static const struct gce_message c_DiskAsyncReplication;
static const struct gce_message c_DiskAsyncReplicationList;
static const struct gce_message c_DiskInstantiationConfig;
static const struct gce_message c_DiskParams;
static const struct gce_message c_DiskResourceStatus;
static const struct gce_message c_DiskResourceStatusAsyncReplicationStatus;
static const struct gce_message c_DisksScopedList;
static const struct gce_message c_DisplayDevice;
static const struct gce_message c_DistributionPolicy;
static const struct gce_message c_DistributionPolicyZoneConfiguration;
static const struct gce_message c_Duration;
static const struct gce_message c_Error;
static const struct gce_message c_ErrorDetails;
static const struct gce_message c_ErrorInfo;
static const struct gce_message c_Errors;
static const struct gce_message c_FileContentBuffer;
static const struct gce_message c_Firewall;
static const struct gce_message c_FirewallList;
static const struct gce_message c_FirewallLogConfig;
static const struct gce_message c_FirewallParams;
static const struct gce_message c_FixedOrPercent;
static const struct gce_message c_GetVersionOperationMetadata;
static const struct gce_message c_GetVersionOperationMetadataSbomInfo;
static const struct gce_message c_GlobalSetLabelsRequest;
static const struct gce_message c_GuestOsFeature;
static const struct gce_message c_Help;
static const struct gce_message c_HelpLink;
static const struct gce_message c_Image;
static const struct gce_message c_ImageList;
static const struct gce_message c_ImageParams;
static const struct gce_message c_InitialStateConfig;
static const struct gce_message c_Instance;
static const struct gce_message c_InstanceAggregatedList;
static const struct gce_message c_InstanceGroupManager;
static const struct gce_message c_InstanceGroupManagerActionsSummary;
static const struct gce_message c_InstanceGroupManagerAggregatedList;
static const struct gce_message c_InstanceGroupManagerAllInstancesConfig;
static const struct gce_message c_InstanceGroupManagerAutoHealingPolicy;
static const struct gce_message c_InstanceGroupManagerInstanceFlexibilityPolicy;
static const struct gce_message c_InstanceGroupManagerInstanceFlexibilityPolicyInstanceSelection;
static const struct gce_message c_InstanceGroupManagerInstanceLifecyclePolicy;
static const struct gce_message c_InstanceGroupManagerInstanceLifecyclePolicyOnRepair;
static const struct gce_message c_InstanceGroupManagerResourcePolicies;
static const struct gce_message c_InstanceGroupManagerStandbyPolicy;
static const struct gce_message c_InstanceGroupManagerStatus;
static const struct gce_message c_InstanceGroupManagerStatusAcceleratorTopology;
static const struct gce_message c_InstanceGroupManagerStatusAcceleratorTopologyAcceleratorTopologyStateDetails;
static const struct gce_message c_InstanceGroupManagerStatusAllInstancesConfig;
static const struct gce_message c_InstanceGroupManagerStatusBulkInstanceOperation;
static const struct gce_message c_InstanceGroupManagerStatusBulkInstanceOperationLastProgressCheck;
static const struct gce_message c_InstanceGroupManagerStatusInstanceStatusSummary;
static const struct gce_message c_InstanceGroupManagerStatusStateful;
static const struct gce_message c_InstanceGroupManagerStatusStatefulPerInstanceConfigs;
static const struct gce_message c_InstanceGroupManagerStatusVersionTarget;
static const struct gce_message c_InstanceGroupManagerTargetSizePolicy;
static const struct gce_message c_InstanceGroupManagerUpdatePolicy;
static const struct gce_message c_InstanceGroupManagerVersion;
static const struct gce_message c_InstanceGroupManagersScopedList;
static const struct gce_message c_InstanceList;
static const struct gce_message c_InstanceParams;
static const struct gce_message c_InstanceProperties;
static const struct gce_message c_InstancePropertiesPatch;
static const struct gce_message c_InstanceTemplate;
static const struct gce_message c_InstanceTemplateList;
static const struct gce_message c_InstancesBulkInsertOperationMetadata;
static const struct gce_message c_InstancesScopedList;
static const struct gce_message c_InstancesSetLabelsRequest;
static const struct gce_message c_InstancesSetMachineTypeRequest;
static const struct gce_message c_Items;
static const struct gce_message c_LocalizedMessage;
static const struct gce_message c_MachineType;
static const struct gce_message c_MachineTypeList;
static const struct gce_message c_ManagedInstance;
static const struct gce_message c_ManagedInstanceInstanceHealth;
static const struct gce_message c_ManagedInstanceLastAttempt;
static const struct gce_message c_ManagedInstanceLastAttemptErrors;
static const struct gce_message c_ManagedInstancePropertiesFromFlexibilityPolicy;
static const struct gce_message c_ManagedInstanceScheduling;
static const struct gce_message c_ManagedInstanceShutdownDetails;
static const struct gce_message c_ManagedInstanceVersion;
static const struct gce_message c_Metadata;
static const struct gce_message c_NamedPort;
static const struct gce_message c_Network;
static const struct gce_message c_NetworkInterface;
static const struct gce_message c_NetworkList;
static const struct gce_message c_NetworkParams;
static const struct gce_message c_NetworkPeering;
static const struct gce_message c_NetworkPeeringConnectionStatus;
static const struct gce_message c_NetworkPeeringConnectionStatusConsensusState;
static const struct gce_message c_NetworkPeeringConnectionStatusTrafficConfiguration;
static const struct gce_message c_NetworkPerformanceConfig;
static const struct gce_message c_NetworkRoutingConfig;
static const struct gce_message c_Operation;
static const struct gce_message c_OperationList;
static const struct gce_message c_PeriodicPartialMaintenanceSchedule;
static const struct gce_message c_PreservedState;
static const struct gce_message c_PreservedStatePreservedDisk;
static const struct gce_message c_PreservedStatePreservedNetworkIp;
static const struct gce_message c_PreservedStatePreservedNetworkIpIpAddress;
static const struct gce_message c_Project;
static const struct gce_message c_Quota;
static const struct gce_message c_QuotaExceededInfo;
static const struct gce_message c_QuotaStatusWarning;
static const struct gce_message c_RawDisk;
static const struct gce_message c_Region;
static const struct gce_message c_RegionInstanceGroupManagerList;
static const struct gce_message c_RegionInstanceGroupManagersListInstancesResponse;
static const struct gce_message c_RegionList;
static const struct gce_message c_RegionSetLabelsRequest;
static const struct gce_message c_ReservationAffinity;
static const struct gce_message c_ResourceStatus;
static const struct gce_message c_ResourceStatusEffectiveInstanceMetadata;
static const struct gce_message c_ResourceStatusPhysicalHostTopology;
static const struct gce_message c_ResourceStatusPhysicalHostTopologyAdditionalAttributes;
static const struct gce_message c_ResourceStatusReservationConsumptionInfo;
static const struct gce_message c_ResourceStatusScheduling;
static const struct gce_message c_ResourceStatusShutdownDetails;
static const struct gce_message c_Scheduling;
static const struct gce_message c_SchedulingGracefulShutdown;
static const struct gce_message c_SchedulingNodeAffinity;
static const struct gce_message c_SchedulingOnInstanceStopAction;
static const struct gce_message c_SerialPortOutput;
static const struct gce_message c_ServiceAccount;
static const struct gce_message c_SetCommonInstanceMetadataOperationMetadata;
static const struct gce_message c_SetCommonInstanceMetadataOperationMetadataPerLocationOperationInfo;
static const struct gce_message c_ShieldedInstanceConfig;
static const struct gce_message c_ShieldedInstanceIntegrityPolicy;
static const struct gce_message c_SourceInstanceParams;
static const struct gce_message c_StatefulPolicy;
static const struct gce_message c_StatefulPolicyPreservedState;
static const struct gce_message c_StatefulPolicyPreservedStateDiskDevice;
static const struct gce_message c_StatefulPolicyPreservedStateNetworkIp;
static const struct gce_message c_Status;
static const struct gce_message c_Tags;
static const struct gce_message c_TimeZone;
static const struct gce_message c_UpcomingMaintenance;
static const struct gce_message c_UsageExportLocation;
static const struct gce_message c_Warning;
static const struct gce_message c_Warnings;
static const struct gce_message c_WorkloadIdentityConfig;
static const struct gce_message c_Zone;
static const struct gce_message c_ZoneList;
static const struct gce_message c_ZoneResourceStatus;

static const struct gce_field c_AcceleratorConfig_fields[] = {
	{.name = "acceleratorCount", .type = GCE_INT32},
	{.name = "acceleratorType", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_AcceleratorConfig = {
	"AcceleratorConfig", c_AcceleratorConfig_fields};

static const struct gce_field c_Accelerators_fields[] = {
	{.name = "guestAcceleratorCount", .type = GCE_INT32},
	{.name = "guestAcceleratorType", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Accelerators = {
	"Accelerators", c_Accelerators_fields};

static const struct gce_field c_AccessConfig_fields[] = {
	{.name = "externalIpv6", .type = GCE_STRING},
	{.name = "externalIpv6PrefixLength", .type = GCE_INT32},
	{.name = "kind", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "natIP", .type = GCE_STRING},
	{.name = "networkTier", .type = GCE_STRING, .values = "FIXED_STANDARD PREMIUM STANDARD STANDARD_OVERRIDES_FIXED_STANDARD"},
	{.name = "publicPtrDomainName", .type = GCE_STRING},
	{.name = "securityPolicy", .type = GCE_STRING},
	{.name = "setPublicPtr", .type = GCE_BOOL},
	{.name = "type", .type = GCE_STRING, .values = "DIRECT_IPV6 ONE_TO_ONE_NAT"},
	{0},
};
static const struct gce_message c_AccessConfig = {
	"AccessConfig", c_AccessConfig_fields};

static const struct gce_field c_Address_fields[] = {
	{.name = "address", .type = GCE_STRING},
	{.name = "addressType", .type = GCE_STRING, .values = "EXTERNAL INTERNAL UNSPECIFIED_TYPE"},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "description", .type = GCE_STRING},
	{.name = "id", .type = GCE_UINT64},
	{.name = "ipCollection", .type = GCE_STRING},
	{.name = "ipVersion", .type = GCE_STRING, .values = "IPV4 IPV6 UNSPECIFIED_VERSION"},
	{.name = "ipv6EndpointType", .type = GCE_STRING, .values = "NETLB VM"},
	{.name = "kind", .type = GCE_STRING},
	{.name = "labelFingerprint", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "name", .type = GCE_STRING, .pattern = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"},
	{.name = "network", .type = GCE_STRING},
	{.name = "networkTier", .type = GCE_STRING, .values = "FIXED_STANDARD PREMIUM STANDARD STANDARD_OVERRIDES_FIXED_STANDARD"},
	{.name = "prefixLength", .type = GCE_INT32},
	{.name = "purpose", .type = GCE_STRING, .values = "DNS_RESOLVER GCE_ENDPOINT IPSEC_INTERCONNECT NAT_AUTO PRIVATE_SERVICE_CONNECT SERVERLESS SHARED_LOADBALANCER_VIP VPC_PEERING"},
	{.name = "region", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "status", .type = GCE_STRING, .values = "IN_USE RESERVED RESERVING"},
	{.name = "subnetwork", .type = GCE_STRING},
	{.name = "users", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Address = {
	"Address", c_Address_fields};

static const struct gce_field c_AddressAggregatedList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_AddressesScopedList},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "unreachables", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_AddressAggregatedList = {
	"AddressAggregatedList", c_AddressAggregatedList_fields};

static const struct gce_field c_AddressList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Address},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_AddressList = {
	"AddressList", c_AddressList_fields};

static const struct gce_field c_AddressesScopedList_fields[] = {
	{.name = "addresses", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Address},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_AddressesScopedList = {
	"AddressesScopedList", c_AddressesScopedList_fields};

static const struct gce_field c_AdvancedMachineFeatures_fields[] = {
	{.name = "enableNestedVirtualization", .type = GCE_BOOL},
	{.name = "enableUefiNetworking", .type = GCE_BOOL},
	{.name = "performanceMonitoringUnit", .type = GCE_STRING, .values = "ARCHITECTURAL ENHANCED PERFORMANCE_MONITORING_UNIT_UNSPECIFIED STANDARD"},
	{.name = "threadsPerCore", .type = GCE_INT32},
	{.name = "turboMode", .type = GCE_STRING},
	{.name = "visibleCoreCount", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_AdvancedMachineFeatures = {
	"AdvancedMachineFeatures", c_AdvancedMachineFeatures_fields};

static const struct gce_field c_AliasIpRange_fields[] = {
	{.name = "ipCidrRange", .type = GCE_STRING},
	{.name = "subnetworkRangeName", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_AliasIpRange = {
	"AliasIpRange", c_AliasIpRange_fields};

static const struct gce_field c_Allowed_fields[] = {
	{.name = "IPProtocol", .type = GCE_STRING},
	{.name = "ports", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Allowed = {
	"Allowed", c_Allowed_fields};

static const struct gce_field c_AttachedDisk_fields[] = {
	{.name = "architecture", .type = GCE_STRING, .values = "ARCHITECTURE_UNSPECIFIED ARM64 X86_64"},
	{.name = "autoDelete", .type = GCE_BOOL},
	{.name = "boot", .type = GCE_BOOL},
	{.name = "deviceName", .type = GCE_STRING},
	{.name = "diskEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "diskSizeGb", .type = GCE_INT64},
	{.name = "forceAttach", .type = GCE_BOOL},
	{.name = "guestOsFeatures", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_GuestOsFeature},
	{.name = "index", .type = GCE_INT32},
	{.name = "initializeParams", .type = GCE_MESSAGE, .message = &c_AttachedDiskInitializeParams},
	{.name = "interface", .type = GCE_STRING, .values = "NVME SCSI"},
	{.name = "kind", .type = GCE_STRING},
	{.name = "licenses", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "mode", .type = GCE_STRING, .values = "READ_ONLY READ_WRITE"},
	{.name = "savedState", .type = GCE_STRING, .values = "DISK_SAVED_STATE_UNSPECIFIED PRESERVED"},
	{.name = "shieldedInstanceInitialState", .type = GCE_MESSAGE, .message = &c_InitialStateConfig},
	{.name = "source", .type = GCE_STRING},
	{.name = "type", .type = GCE_STRING, .values = "PERSISTENT SCRATCH"},
	{0},
};
static const struct gce_message c_AttachedDisk = {
	"AttachedDisk", c_AttachedDisk_fields};

static const struct gce_field c_AttachedDiskInitializeParams_fields[] = {
	{.name = "architecture", .type = GCE_STRING, .values = "ARCHITECTURE_UNSPECIFIED ARM64 X86_64"},
	{.name = "description", .type = GCE_STRING},
	{.name = "diskName", .type = GCE_STRING},
	{.name = "diskSizeGb", .type = GCE_INT64},
	{.name = "diskType", .type = GCE_STRING},
	{.name = "enableConfidentialCompute", .type = GCE_BOOL},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "licenses", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "onUpdateAction", .type = GCE_STRING, .values = "RECREATE_DISK RECREATE_DISK_IF_SOURCE_CHANGED USE_EXISTING_DISK"},
	{.name = "provisionedIops", .type = GCE_INT64},
	{.name = "provisionedThroughput", .type = GCE_INT64},
	{.name = "replicaZones", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "resourceManagerTags", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "resourcePolicies", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "sourceImage", .type = GCE_STRING},
	{.name = "sourceImageEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "sourceSnapshot", .type = GCE_STRING},
	{.name = "sourceSnapshotEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "storagePool", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_AttachedDiskInitializeParams = {
	"AttachedDiskInitializeParams", c_AttachedDiskInitializeParams_fields};

static const struct gce_field c_BulkInsertOperationStatus_fields[] = {
	{.name = "createdVmCount", .type = GCE_INT32},
	{.name = "deletedVmCount", .type = GCE_INT32},
	{.name = "failedToCreateVmCount", .type = GCE_INT32},
	{.name = "status", .type = GCE_STRING, .values = "CREATING DONE ROLLING_BACK STATUS_UNSPECIFIED"},
	{.name = "targetVmCount", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_BulkInsertOperationStatus = {
	"BulkInsertOperationStatus", c_BulkInsertOperationStatus_fields};

static const struct gce_field c_BundledLocalSsds_fields[] = {
	{.name = "defaultInterface", .type = GCE_STRING},
	{.name = "partitionCount", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_BundledLocalSsds = {
	"BundledLocalSsds", c_BundledLocalSsds_fields};

static const struct gce_field c_ConfidentialInstanceConfig_fields[] = {
	{.name = "confidentialInstanceType", .type = GCE_STRING, .values = "CCA CONFIDENTIAL_INSTANCE_TYPE_UNSPECIFIED SEV SEV_SNP TDX"},
	{.name = "enableConfidentialCompute", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_ConfidentialInstanceConfig = {
	"ConfidentialInstanceConfig", c_ConfidentialInstanceConfig_fields};

static const struct gce_field c_CustomerEncryptionKey_fields[] = {
	{.name = "kmsKeyName", .type = GCE_STRING},
	{.name = "kmsKeyServiceAccount", .type = GCE_STRING},
	{.name = "rawKey", .type = GCE_STRING},
	{.name = "rsaEncryptedKey", .type = GCE_STRING},
	{.name = "sha256", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_CustomerEncryptionKey = {
	"CustomerEncryptionKey", c_CustomerEncryptionKey_fields};

static const struct gce_field c_Data_fields[] = {
	{.name = "key", .type = GCE_STRING},
	{.name = "value", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Data = {
	"Data", c_Data_fields};

static const struct gce_field c_DateTime_fields[] = {
	{.name = "day", .type = GCE_INT32},
	{.name = "hours", .type = GCE_INT32},
	{.name = "minutes", .type = GCE_INT32},
	{.name = "month", .type = GCE_INT32},
	{.name = "nanos", .type = GCE_INT32},
	{.name = "seconds", .type = GCE_INT32},
	{.name = "timeZone", .type = GCE_MESSAGE, .message = &c_TimeZone},
	{.name = "utcOffset", .type = GCE_STRING},
	{.name = "year", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_DateTime = {
	"DateTime", c_DateTime_fields};

static const struct gce_field c_Denied_fields[] = {
	{.name = "IPProtocol", .type = GCE_STRING},
	{.name = "ports", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Denied = {
	"Denied", c_Denied_fields};

static const struct gce_field c_DeprecationStatus_fields[] = {
	{.name = "deleted", .type = GCE_STRING},
	{.name = "deprecated", .type = GCE_STRING},
	{.name = "obsolete", .type = GCE_STRING},
	{.name = "replacement", .type = GCE_STRING},
	{.name = "state", .type = GCE_STRING, .values = "ACTIVE DELETED DEPRECATED OBSOLETE"},
	{0},
};
static const struct gce_message c_DeprecationStatus = {
	"DeprecationStatus", c_DeprecationStatus_fields};

static const struct gce_field c_Disk_fields[] = {
	{.name = "accessMode", .type = GCE_STRING, .values = "READ_ONLY_MANY READ_WRITE_MANY READ_WRITE_SINGLE"},
	{.name = "architecture", .type = GCE_STRING, .values = "ARCHITECTURE_UNSPECIFIED ARM64 X86_64"},
	{.name = "asyncPrimaryDisk", .type = GCE_MESSAGE, .message = &c_DiskAsyncReplication},
	{.name = "asyncSecondaryDisks", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_DiskAsyncReplicationList},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "description", .type = GCE_STRING},
	{.name = "diskEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "enableConfidentialCompute", .type = GCE_BOOL},
	{.name = "guestOsFeatures", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_GuestOsFeature},
	{.name = "id", .type = GCE_UINT64},
	{.name = "kind", .type = GCE_STRING},
	{.name = "labelFingerprint", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "lastAttachTimestamp", .type = GCE_STRING},
	{.name = "lastDetachTimestamp", .type = GCE_STRING},
	{.name = "licenseCodes", .type = GCE_INT64, .flags = GCE_LIST},
	{.name = "licenses", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "locationHint", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "options", .type = GCE_STRING},
	{.name = "params", .type = GCE_MESSAGE, .message = &c_DiskParams},
	{.name = "physicalBlockSizeBytes", .type = GCE_INT64},
	{.name = "provisionedIops", .type = GCE_INT64},
	{.name = "provisionedThroughput", .type = GCE_INT64},
	{.name = "region", .type = GCE_STRING},
	{.name = "replicaZones", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "resourcePolicies", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "resourceStatus", .type = GCE_MESSAGE, .message = &c_DiskResourceStatus},
	{.name = "satisfiesPzi", .type = GCE_BOOL},
	{.name = "satisfiesPzs", .type = GCE_BOOL},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "sizeGb", .type = GCE_INT64},
	{.name = "sourceConsistencyGroupPolicy", .type = GCE_STRING},
	{.name = "sourceConsistencyGroupPolicyId", .type = GCE_STRING},
	{.name = "sourceDisk", .type = GCE_STRING},
	{.name = "sourceDiskId", .type = GCE_STRING},
	{.name = "sourceImage", .type = GCE_STRING},
	{.name = "sourceImageEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "sourceImageId", .type = GCE_STRING},
	{.name = "sourceInstantSnapshot", .type = GCE_STRING},
	{.name = "sourceInstantSnapshotId", .type = GCE_STRING},
	{.name = "sourceSnapshot", .type = GCE_STRING},
	{.name = "sourceSnapshotEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "sourceSnapshotId", .type = GCE_STRING},
	{.name = "sourceStorageObject", .type = GCE_STRING},
	{.name = "status", .type = GCE_STRING, .values = "CREATING DELETING FAILED READY RESTORING UNAVAILABLE"},
	{.name = "storagePool", .type = GCE_STRING},
	{.name = "type", .type = GCE_STRING},
	{.name = "users", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "zone", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Disk = {
	"Disk", c_Disk_fields};

static const struct gce_field c_DiskAggregatedList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_DisksScopedList},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "unreachables", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_DiskAggregatedList = {
	"DiskAggregatedList", c_DiskAggregatedList_fields};

static const struct gce_field c_DiskAsyncReplication_fields[] = {
	{.name = "consistencyGroupPolicy", .type = GCE_STRING},
	{.name = "consistencyGroupPolicyId", .type = GCE_STRING},
	{.name = "disk", .type = GCE_STRING},
	{.name = "diskId", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_DiskAsyncReplication = {
	"DiskAsyncReplication", c_DiskAsyncReplication_fields};

static const struct gce_field c_DiskAsyncReplicationList_fields[] = {
	{.name = "asyncReplicationDisk", .type = GCE_MESSAGE, .message = &c_DiskAsyncReplication},
	{0},
};
static const struct gce_message c_DiskAsyncReplicationList = {
	"DiskAsyncReplicationList", c_DiskAsyncReplicationList_fields};

static const struct gce_field c_DiskInstantiationConfig_fields[] = {
	{.name = "autoDelete", .type = GCE_BOOL},
	{.name = "customImage", .type = GCE_STRING},
	{.name = "deviceName", .type = GCE_STRING},
	{.name = "instantiateFrom", .type = GCE_STRING, .values = "ATTACH_READ_ONLY BLANK CUSTOM_IMAGE DEFAULT DO_NOT_INCLUDE SOURCE_IMAGE SOURCE_IMAGE_FAMILY"},
	{0},
};
static const struct gce_message c_DiskInstantiationConfig = {
	"DiskInstantiationConfig", c_DiskInstantiationConfig_fields};

static const struct gce_field c_DiskParams_fields[] = {
	{.name = "resourceManagerTags", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_DiskParams = {
	"DiskParams", c_DiskParams_fields};

static const struct gce_field c_DiskResourceStatus_fields[] = {
	{.name = "asyncPrimaryDisk", .type = GCE_MESSAGE, .message = &c_DiskResourceStatusAsyncReplicationStatus},
	{.name = "asyncSecondaryDisks", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_DiskResourceStatusAsyncReplicationStatus},
	{0},
};
static const struct gce_message c_DiskResourceStatus = {
	"DiskResourceStatus", c_DiskResourceStatus_fields};

static const struct gce_field c_DiskResourceStatusAsyncReplicationStatus_fields[] = {
	{.name = "state", .type = GCE_STRING, .values = "ACTIVE CREATED STARTING STATE_UNSPECIFIED STOPPED STOPPING"},
	{0},
};
static const struct gce_message c_DiskResourceStatusAsyncReplicationStatus = {
	"DiskResourceStatusAsyncReplicationStatus", c_DiskResourceStatusAsyncReplicationStatus_fields};

static const struct gce_field c_DisksScopedList_fields[] = {
	{.name = "disks", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Disk},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_DisksScopedList = {
	"DisksScopedList", c_DisksScopedList_fields};

static const struct gce_field c_DisplayDevice_fields[] = {
	{.name = "enableDisplay", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_DisplayDevice = {
	"DisplayDevice", c_DisplayDevice_fields};

static const struct gce_field c_DistributionPolicy_fields[] = {
	{.name = "targetShape", .type = GCE_STRING, .values = "ANY ANY_SINGLE_ZONE BALANCED EVEN"},
	{.name = "zones", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_DistributionPolicyZoneConfiguration},
	{0},
};
static const struct gce_message c_DistributionPolicy = {
	"DistributionPolicy", c_DistributionPolicy_fields};

static const struct gce_field c_DistributionPolicyZoneConfiguration_fields[] = {
	{.name = "zone", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_DistributionPolicyZoneConfiguration = {
	"DistributionPolicyZoneConfiguration", c_DistributionPolicyZoneConfiguration_fields};

static const struct gce_field c_Duration_fields[] = {
	{.name = "nanos", .type = GCE_INT32},
	{.name = "seconds", .type = GCE_INT64},
	{0},
};
static const struct gce_message c_Duration = {
	"Duration", c_Duration_fields};

static const struct gce_field c_Error_fields[] = {
	{.name = "errors", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Errors},
	{0},
};
static const struct gce_message c_Error = {
	"Error", c_Error_fields};

static const struct gce_field c_ErrorDetails_fields[] = {
	{.name = "errorInfo", .type = GCE_MESSAGE, .message = &c_ErrorInfo},
	{.name = "help", .type = GCE_MESSAGE, .message = &c_Help},
	{.name = "localizedMessage", .type = GCE_MESSAGE, .message = &c_LocalizedMessage},
	{.name = "quotaInfo", .type = GCE_MESSAGE, .message = &c_QuotaExceededInfo},
	{0},
};
static const struct gce_message c_ErrorDetails = {
	"ErrorDetails", c_ErrorDetails_fields};

static const struct gce_field c_ErrorInfo_fields[] = {
	{.name = "domain", .type = GCE_STRING},
	{.name = "metadatas", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "reason", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ErrorInfo = {
	"ErrorInfo", c_ErrorInfo_fields};

static const struct gce_field c_Errors_fields[] = {
	{.name = "code", .type = GCE_STRING},
	{.name = "errorDetails", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_ErrorDetails},
	{.name = "location", .type = GCE_STRING},
	{.name = "message", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Errors = {
	"Errors", c_Errors_fields};

static const struct gce_field c_FileContentBuffer_fields[] = {
	{.name = "content", .type = GCE_STRING},
	{.name = "fileType", .type = GCE_STRING, .values = "BIN UNDEFINED X509"},
	{0},
};
static const struct gce_message c_FileContentBuffer = {
	"FileContentBuffer", c_FileContentBuffer_fields};

static const struct gce_field c_Firewall_fields[] = {
	{.name = "allowed", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Allowed},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "denied", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Denied},
	{.name = "description", .type = GCE_STRING},
	{.name = "destinationRanges", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "direction", .type = GCE_STRING, .values = "EGRESS INGRESS"},
	{.name = "disabled", .type = GCE_BOOL},
	{.name = "id", .type = GCE_UINT64},
	{.name = "kind", .type = GCE_STRING},
	{.name = "logConfig", .type = GCE_MESSAGE, .message = &c_FirewallLogConfig},
	{.name = "name", .type = GCE_STRING, .pattern = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"},
	{.name = "network", .type = GCE_STRING},
	{.name = "params", .type = GCE_MESSAGE, .message = &c_FirewallParams},
	{.name = "priority", .type = GCE_INT32},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "sourceRanges", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "sourceServiceAccounts", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "sourceTags", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "targetServiceAccounts", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "targetTags", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Firewall = {
	"Firewall", c_Firewall_fields};

static const struct gce_field c_FirewallList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Firewall},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_FirewallList = {
	"FirewallList", c_FirewallList_fields};

static const struct gce_field c_FirewallLogConfig_fields[] = {
	{.name = "enable", .type = GCE_BOOL},
	{.name = "metadata", .type = GCE_STRING, .values = "EXCLUDE_ALL_METADATA INCLUDE_ALL_METADATA"},
	{0},
};
static const struct gce_message c_FirewallLogConfig = {
	"FirewallLogConfig", c_FirewallLogConfig_fields};

static const struct gce_field c_FirewallParams_fields[] = {
	{.name = "resourceManagerTags", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_FirewallParams = {
	"FirewallParams", c_FirewallParams_fields};

static const struct gce_field c_FixedOrPercent_fields[] = {
	{.name = "calculated", .type = GCE_INT32},
	{.name = "fixed", .type = GCE_INT32},
	{.name = "percent", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_FixedOrPercent = {
	"FixedOrPercent", c_FixedOrPercent_fields};

static const struct gce_field c_GetVersionOperationMetadata_fields[] = {
	{.name = "inlineSbomInfo", .type = GCE_MESSAGE, .message = &c_GetVersionOperationMetadataSbomInfo},
	{0},
};
static const struct gce_message c_GetVersionOperationMetadata = {
	"GetVersionOperationMetadata", c_GetVersionOperationMetadata_fields};

static const struct gce_field c_GetVersionOperationMetadataSbomInfo_fields[] = {
	{.name = "currentComponentVersions", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "targetComponentVersions", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_GetVersionOperationMetadataSbomInfo = {
	"GetVersionOperationMetadataSbomInfo", c_GetVersionOperationMetadataSbomInfo_fields};

static const struct gce_field c_GlobalSetLabelsRequest_fields[] = {
	{.name = "labelFingerprint", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_GlobalSetLabelsRequest = {
	"GlobalSetLabelsRequest", c_GlobalSetLabelsRequest_fields};

static const struct gce_field c_GuestOsFeature_fields[] = {
	{.name = "type", .type = GCE_STRING, .values = "BARE_METAL_LINUX_COMPATIBLE CCA_CAPABLE FEATURE_TYPE_UNSPECIFIED GVNIC IDPF MULTI_IP_SUBNET SECURE_BOOT SEV_CAPABLE SEV_LIVE_MIGRATABLE SEV_LIVE_MIGRATABLE_V2 SEV_SNP_CAPABLE SNP_SVSM_CAPABLE TDX_CAPABLE UEFI_COMPATIBLE VIRTIO_SCSI_MULTIQUEUE WINDOWS"},
	{0},
};
static const struct gce_message c_GuestOsFeature = {
	"GuestOsFeature", c_GuestOsFeature_fields};

static const struct gce_field c_Help_fields[] = {
	{.name = "links", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_HelpLink},
	{0},
};
static const struct gce_message c_Help = {
	"Help", c_Help_fields};

static const struct gce_field c_HelpLink_fields[] = {
	{.name = "description", .type = GCE_STRING},
	{.name = "url", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_HelpLink = {
	"HelpLink", c_HelpLink_fields};

static const struct gce_field c_Image_fields[] = {
	{.name = "architecture", .type = GCE_STRING, .values = "ARCHITECTURE_UNSPECIFIED ARM64 X86_64"},
	{.name = "archiveSizeBytes", .type = GCE_INT64},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "deprecated", .type = GCE_MESSAGE, .message = &c_DeprecationStatus},
	{.name = "description", .type = GCE_STRING},
	{.name = "diskSizeGb", .type = GCE_INT64},
	{.name = "enableConfidentialCompute", .type = GCE_BOOL},
	{.name = "family", .type = GCE_STRING},
	{.name = "guestOsFeatures", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_GuestOsFeature},
	{.name = "id", .type = GCE_UINT64},
	{.name = "imageEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "kind", .type = GCE_STRING},
	{.name = "labelFingerprint", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "licenseCodes", .type = GCE_INT64, .flags = GCE_LIST},
	{.name = "licenses", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "name", .type = GCE_STRING, .pattern = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"},
	{.name = "params", .type = GCE_MESSAGE, .message = &c_ImageParams},
	{.name = "rawDisk", .type = GCE_MESSAGE, .message = &c_RawDisk},
	{.name = "satisfiesPzi", .type = GCE_BOOL},
	{.name = "satisfiesPzs", .type = GCE_BOOL},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "shieldedInstanceInitialState", .type = GCE_MESSAGE, .message = &c_InitialStateConfig},
	{.name = "sourceDisk", .type = GCE_STRING},
	{.name = "sourceDiskEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "sourceDiskId", .type = GCE_STRING},
	{.name = "sourceImage", .type = GCE_STRING},
	{.name = "sourceImageEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "sourceImageId", .type = GCE_STRING},
	{.name = "sourceSnapshot", .type = GCE_STRING},
	{.name = "sourceSnapshotEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "sourceSnapshotId", .type = GCE_STRING},
	{.name = "sourceType", .type = GCE_STRING, .values = "RAW"},
	{.name = "status", .type = GCE_STRING, .values = "DELETING FAILED PENDING READY"},
	{.name = "storageLocations", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Image = {
	"Image", c_Image_fields};

static const struct gce_field c_ImageList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Image},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_ImageList = {
	"ImageList", c_ImageList_fields};

static const struct gce_field c_ImageParams_fields[] = {
	{.name = "resourceManagerTags", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_ImageParams = {
	"ImageParams", c_ImageParams_fields};

static const struct gce_field c_InitialStateConfig_fields[] = {
	{.name = "dbs", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_FileContentBuffer},
	{.name = "dbxs", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_FileContentBuffer},
	{.name = "keks", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_FileContentBuffer},
	{.name = "pk", .type = GCE_MESSAGE, .message = &c_FileContentBuffer},
	{0},
};
static const struct gce_message c_InitialStateConfig = {
	"InitialStateConfig", c_InitialStateConfig_fields};

static const struct gce_field c_Instance_fields[] = {
	{.name = "advancedMachineFeatures", .type = GCE_MESSAGE, .message = &c_AdvancedMachineFeatures},
	{.name = "canIpForward", .type = GCE_BOOL},
	{.name = "confidentialInstanceConfig", .type = GCE_MESSAGE, .message = &c_ConfidentialInstanceConfig},
	{.name = "cpuPlatform", .type = GCE_STRING},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "deletionProtection", .type = GCE_BOOL},
	{.name = "description", .type = GCE_STRING},
	{.name = "disks", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AttachedDisk},
	{.name = "displayDevice", .type = GCE_MESSAGE, .message = &c_DisplayDevice},
	{.name = "fingerprint", .type = GCE_STRING},
	{.name = "guestAccelerators", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AcceleratorConfig},
	{.name = "hostname", .type = GCE_STRING},
	{.name = "id", .type = GCE_UINT64},
	{.name = "instanceEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "keyRevocationActionType", .type = GCE_STRING, .values = "KEY_REVOCATION_ACTION_TYPE_UNSPECIFIED NONE STOP"},
	{.name = "kind", .type = GCE_STRING},
	{.name = "labelFingerprint", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "lastStartTimestamp", .type = GCE_STRING},
	{.name = "lastStopTimestamp", .type = GCE_STRING},
	{.name = "lastSuspendedTimestamp", .type = GCE_STRING},
	{.name = "localSsdEncryptionMode", .type = GCE_STRING, .values = "EPHEMERAL_KEY_ENCRYPTION LOCAL_SSD_ENCRYPTION_MODE_UNSPECIFIED STANDARD_ENCRYPTION"},
	{.name = "machineType", .type = GCE_STRING},
	{.name = "metadata", .type = GCE_MESSAGE, .message = &c_Metadata},
	{.name = "minCpuPlatform", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING, .pattern = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"},
	{.name = "networkInterfaces", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_NetworkInterface},
	{.name = "networkPerformanceConfig", .type = GCE_MESSAGE, .message = &c_NetworkPerformanceConfig},
	{.name = "params", .type = GCE_MESSAGE, .message = &c_InstanceParams},
	{.name = "privateIpv6GoogleAccess", .type = GCE_STRING, .values = "ENABLE_BIDIRECTIONAL_ACCESS_TO_GOOGLE ENABLE_OUTBOUND_VM_ACCESS_TO_GOOGLE INHERIT_FROM_SUBNETWORK"},
	{.name = "reservationAffinity", .type = GCE_MESSAGE, .message = &c_ReservationAffinity},
	{.name = "resourcePolicies", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "resourceStatus", .type = GCE_MESSAGE, .message = &c_ResourceStatus},
	{.name = "satisfiesPzi", .type = GCE_BOOL},
	{.name = "satisfiesPzs", .type = GCE_BOOL},
	{.name = "scheduling", .type = GCE_MESSAGE, .message = &c_Scheduling},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "serviceAccounts", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_ServiceAccount},
	{.name = "shieldedInstanceConfig", .type = GCE_MESSAGE, .message = &c_ShieldedInstanceConfig},
	{.name = "shieldedInstanceIntegrityPolicy", .type = GCE_MESSAGE, .message = &c_ShieldedInstanceIntegrityPolicy},
	{.name = "sourceMachineImage", .type = GCE_STRING},
	{.name = "sourceMachineImageEncryptionKey", .type = GCE_MESSAGE, .message = &c_CustomerEncryptionKey},
	{.name = "startRestricted", .type = GCE_BOOL},
	{.name = "status", .type = GCE_STRING, .values = "DEPROVISIONING PENDING PENDING_STOP PROVISIONING REPAIRING RUNNING STAGING STOPPED STOPPING SUSPENDED SUSPENDING TERMINATED"},
	{.name = "statusMessage", .type = GCE_STRING},
	{.name = "tags", .type = GCE_MESSAGE, .message = &c_Tags},
	{.name = "workloadIdentityConfig", .type = GCE_MESSAGE, .message = &c_WorkloadIdentityConfig},
	{.name = "zone", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Instance = {
	"Instance", c_Instance_fields};

static const struct gce_field c_InstanceAggregatedList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_InstancesScopedList},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "unreachables", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_InstanceAggregatedList = {
	"InstanceAggregatedList", c_InstanceAggregatedList_fields};

static const struct gce_field c_InstanceGroupManager_fields[] = {
	{.name = "allInstancesConfig", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerAllInstancesConfig},
	{.name = "autoHealingPolicies", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_InstanceGroupManagerAutoHealingPolicy},
	{.name = "baseInstanceName", .type = GCE_STRING, .pattern = "[a-z]([-a-z0-9]{0,57}[a-z0-9])?"},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "currentActions", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerActionsSummary},
	{.name = "description", .type = GCE_STRING},
	{.name = "distributionPolicy", .type = GCE_MESSAGE, .message = &c_DistributionPolicy},
	{.name = "fingerprint", .type = GCE_STRING},
	{.name = "id", .type = GCE_UINT64},
	{.name = "instanceFlexibilityPolicy", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerInstanceFlexibilityPolicy},
	{.name = "instanceGroup", .type = GCE_STRING},
	{.name = "instanceLifecyclePolicy", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerInstanceLifecyclePolicy},
	{.name = "instanceTemplate", .type = GCE_STRING},
	{.name = "kind", .type = GCE_STRING},
	{.name = "listManagedInstancesResults", .type = GCE_STRING, .values = "PAGELESS PAGINATED"},
	{.name = "name", .type = GCE_STRING, .pattern = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"},
	{.name = "namedPorts", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_NamedPort},
	{.name = "region", .type = GCE_STRING},
	{.name = "resourcePolicies", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerResourcePolicies},
	{.name = "satisfiesPzi", .type = GCE_BOOL},
	{.name = "satisfiesPzs", .type = GCE_BOOL},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "standbyPolicy", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStandbyPolicy},
	{.name = "statefulPolicy", .type = GCE_MESSAGE, .message = &c_StatefulPolicy},
	{.name = "status", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatus},
	{.name = "targetPools", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "targetSize", .type = GCE_INT32},
	{.name = "targetSizePolicy", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerTargetSizePolicy},
	{.name = "targetStoppedSize", .type = GCE_INT32},
	{.name = "targetSuspendedSize", .type = GCE_INT32},
	{.name = "updatePolicy", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerUpdatePolicy},
	{.name = "versions", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_InstanceGroupManagerVersion},
	{.name = "zone", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_InstanceGroupManager = {
	"InstanceGroupManager", c_InstanceGroupManager_fields};

static const struct gce_field c_InstanceGroupManagerActionsSummary_fields[] = {
	{.name = "abandoning", .type = GCE_INT32},
	{.name = "creating", .type = GCE_INT32},
	{.name = "creatingWithoutRetries", .type = GCE_INT32},
	{.name = "deleting", .type = GCE_INT32},
	{.name = "none", .type = GCE_INT32},
	{.name = "recreating", .type = GCE_INT32},
	{.name = "refreshing", .type = GCE_INT32},
	{.name = "restarting", .type = GCE_INT32},
	{.name = "resuming", .type = GCE_INT32},
	{.name = "starting", .type = GCE_INT32},
	{.name = "stopping", .type = GCE_INT32},
	{.name = "suspending", .type = GCE_INT32},
	{.name = "verifying", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_InstanceGroupManagerActionsSummary = {
	"InstanceGroupManagerActionsSummary", c_InstanceGroupManagerActionsSummary_fields};

static const struct gce_field c_InstanceGroupManagerAggregatedList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_InstanceGroupManagersScopedList},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "unreachables", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_InstanceGroupManagerAggregatedList = {
	"InstanceGroupManagerAggregatedList", c_InstanceGroupManagerAggregatedList_fields};

static const struct gce_field c_InstanceGroupManagerAllInstancesConfig_fields[] = {
	{.name = "properties", .type = GCE_MESSAGE, .message = &c_InstancePropertiesPatch},
	{0},
};
static const struct gce_message c_InstanceGroupManagerAllInstancesConfig = {
	"InstanceGroupManagerAllInstancesConfig", c_InstanceGroupManagerAllInstancesConfig_fields};

static const struct gce_field c_InstanceGroupManagerAutoHealingPolicy_fields[] = {
	{.name = "healthCheck", .type = GCE_STRING},
	{.name = "initialDelaySec", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_InstanceGroupManagerAutoHealingPolicy = {
	"InstanceGroupManagerAutoHealingPolicy", c_InstanceGroupManagerAutoHealingPolicy_fields};

static const struct gce_field c_InstanceGroupManagerInstanceFlexibilityPolicy_fields[] = {
	{.name = "instanceSelections", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_InstanceGroupManagerInstanceFlexibilityPolicyInstanceSelection},
	{0},
};
static const struct gce_message c_InstanceGroupManagerInstanceFlexibilityPolicy = {
	"InstanceGroupManagerInstanceFlexibilityPolicy", c_InstanceGroupManagerInstanceFlexibilityPolicy_fields};

static const struct gce_field c_InstanceGroupManagerInstanceFlexibilityPolicyInstanceSelection_fields[] = {
	{.name = "machineTypes", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "rank", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_InstanceGroupManagerInstanceFlexibilityPolicyInstanceSelection = {
	"InstanceGroupManagerInstanceFlexibilityPolicyInstanceSelection", c_InstanceGroupManagerInstanceFlexibilityPolicyInstanceSelection_fields};

static const struct gce_field c_InstanceGroupManagerInstanceLifecyclePolicy_fields[] = {
	{.name = "defaultActionOnFailure", .type = GCE_STRING, .values = "DO_NOTHING REPAIR"},
	{.name = "forceUpdateOnRepair", .type = GCE_STRING, .values = "NO YES"},
	{.name = "onFailedHealthCheck", .type = GCE_STRING, .values = "DEFAULT_ACTION"},
	{.name = "onRepair", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerInstanceLifecyclePolicyOnRepair},
	{0},
};
static const struct gce_message c_InstanceGroupManagerInstanceLifecyclePolicy = {
	"InstanceGroupManagerInstanceLifecyclePolicy", c_InstanceGroupManagerInstanceLifecyclePolicy_fields};

static const struct gce_field c_InstanceGroupManagerInstanceLifecyclePolicyOnRepair_fields[] = {
	{.name = "allowChangingZone", .type = GCE_STRING, .values = "NO YES"},
	{0},
};
static const struct gce_message c_InstanceGroupManagerInstanceLifecyclePolicyOnRepair = {
	"InstanceGroupManagerInstanceLifecyclePolicyOnRepair", c_InstanceGroupManagerInstanceLifecyclePolicyOnRepair_fields};

static const struct gce_field c_InstanceGroupManagerResourcePolicies_fields[] = {
	{.name = "workloadPolicy", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_InstanceGroupManagerResourcePolicies = {
	"InstanceGroupManagerResourcePolicies", c_InstanceGroupManagerResourcePolicies_fields};

static const struct gce_field c_InstanceGroupManagerStandbyPolicy_fields[] = {
	{.name = "initialDelaySec", .type = GCE_INT32},
	{.name = "mode", .type = GCE_STRING, .values = "MANUAL SCALE_OUT_POOL"},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStandbyPolicy = {
	"InstanceGroupManagerStandbyPolicy", c_InstanceGroupManagerStandbyPolicy_fields};

static const struct gce_field c_InstanceGroupManagerStatus_fields[] = {
	{.name = "allInstancesConfig", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusAllInstancesConfig},
	{.name = "appliedAcceleratorTopologies", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_InstanceGroupManagerStatusAcceleratorTopology},
	{.name = "autoscaler", .type = GCE_STRING},
	{.name = "bulkInstanceOperation", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusBulkInstanceOperation},
	{.name = "currentInstanceStatuses", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusInstanceStatusSummary},
	{.name = "isStable", .type = GCE_BOOL},
	{.name = "stateful", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusStateful},
	{.name = "versionTarget", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusVersionTarget},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatus = {
	"InstanceGroupManagerStatus", c_InstanceGroupManagerStatus_fields};

static const struct gce_field c_InstanceGroupManagerStatusAcceleratorTopology_fields[] = {
	{.name = "acceleratorTopology", .type = GCE_STRING},
	{.name = "state", .type = GCE_STRING, .values = "ACTIVATING ACTIVE DEACTIVATING FAILED INCOMPLETE REACTIVATING"},
	{.name = "stateDetails", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusAcceleratorTopologyAcceleratorTopologyStateDetails},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusAcceleratorTopology = {
	"InstanceGroupManagerStatusAcceleratorTopology", c_InstanceGroupManagerStatusAcceleratorTopology_fields};

static const struct gce_field c_InstanceGroupManagerStatusAcceleratorTopologyAcceleratorTopologyStateDetails_fields[] = {
	{.name = "error", .type = GCE_MESSAGE, .message = &c_Error},
	{.name = "timestamp", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusAcceleratorTopologyAcceleratorTopologyStateDetails = {
	"InstanceGroupManagerStatusAcceleratorTopologyAcceleratorTopologyStateDetails", c_InstanceGroupManagerStatusAcceleratorTopologyAcceleratorTopologyStateDetails_fields};

static const struct gce_field c_InstanceGroupManagerStatusAllInstancesConfig_fields[] = {
	{.name = "currentRevision", .type = GCE_STRING},
	{.name = "effective", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusAllInstancesConfig = {
	"InstanceGroupManagerStatusAllInstancesConfig", c_InstanceGroupManagerStatusAllInstancesConfig_fields};

static const struct gce_field c_InstanceGroupManagerStatusBulkInstanceOperation_fields[] = {
	{.name = "inProgress", .type = GCE_BOOL},
	{.name = "lastProgressCheck", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusBulkInstanceOperationLastProgressCheck},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusBulkInstanceOperation = {
	"InstanceGroupManagerStatusBulkInstanceOperation", c_InstanceGroupManagerStatusBulkInstanceOperation_fields};

static const struct gce_field c_InstanceGroupManagerStatusBulkInstanceOperationLastProgressCheck_fields[] = {
	{.name = "error", .type = GCE_MESSAGE, .message = &c_Error},
	{.name = "timestamp", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusBulkInstanceOperationLastProgressCheck = {
	"InstanceGroupManagerStatusBulkInstanceOperationLastProgressCheck", c_InstanceGroupManagerStatusBulkInstanceOperationLastProgressCheck_fields};

static const struct gce_field c_InstanceGroupManagerStatusInstanceStatusSummary_fields[] = {
	{.name = "deprovisioning", .type = GCE_INT32},
	{.name = "nonExistent", .type = GCE_INT32},
	{.name = "pending", .type = GCE_INT32},
	{.name = "pendingStop", .type = GCE_INT32},
	{.name = "provisioning", .type = GCE_INT32},
	{.name = "repairing", .type = GCE_INT32},
	{.name = "running", .type = GCE_INT32},
	{.name = "staging", .type = GCE_INT32},
	{.name = "stopped", .type = GCE_INT32},
	{.name = "stopping", .type = GCE_INT32},
	{.name = "suspended", .type = GCE_INT32},
	{.name = "suspending", .type = GCE_INT32},
	{.name = "terminated", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusInstanceStatusSummary = {
	"InstanceGroupManagerStatusInstanceStatusSummary", c_InstanceGroupManagerStatusInstanceStatusSummary_fields};

static const struct gce_field c_InstanceGroupManagerStatusStateful_fields[] = {
	{.name = "hasStatefulConfig", .type = GCE_BOOL},
	{.name = "perInstanceConfigs", .type = GCE_MESSAGE, .message = &c_InstanceGroupManagerStatusStatefulPerInstanceConfigs},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusStateful = {
	"InstanceGroupManagerStatusStateful", c_InstanceGroupManagerStatusStateful_fields};

static const struct gce_field c_InstanceGroupManagerStatusStatefulPerInstanceConfigs_fields[] = {
	{.name = "allEffective", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusStatefulPerInstanceConfigs = {
	"InstanceGroupManagerStatusStatefulPerInstanceConfigs", c_InstanceGroupManagerStatusStatefulPerInstanceConfigs_fields};

static const struct gce_field c_InstanceGroupManagerStatusVersionTarget_fields[] = {
	{.name = "isReached", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_InstanceGroupManagerStatusVersionTarget = {
	"InstanceGroupManagerStatusVersionTarget", c_InstanceGroupManagerStatusVersionTarget_fields};

static const struct gce_field c_InstanceGroupManagerTargetSizePolicy_fields[] = {
	{.name = "mode", .type = GCE_STRING, .values = "BULK INDIVIDUAL UNSPECIFIED_MODE"},
	{0},
};
static const struct gce_message c_InstanceGroupManagerTargetSizePolicy = {
	"InstanceGroupManagerTargetSizePolicy", c_InstanceGroupManagerTargetSizePolicy_fields};

static const struct gce_field c_InstanceGroupManagerUpdatePolicy_fields[] = {
	{.name = "instanceRedistributionType", .type = GCE_STRING},
	{.name = "maxSurge", .type = GCE_MESSAGE, .message = &c_FixedOrPercent},
	{.name = "maxUnavailable", .type = GCE_MESSAGE, .message = &c_FixedOrPercent},
	{.name = "minimalAction", .type = GCE_STRING},
	{.name = "mostDisruptiveAllowedAction", .type = GCE_STRING},
	{.name = "replacementMethod", .type = GCE_STRING, .values = "RECREATE SUBSTITUTE"},
	{.name = "type", .type = GCE_STRING, .values = "OPPORTUNISTIC PROACTIVE"},
	{0},
};
static const struct gce_message c_InstanceGroupManagerUpdatePolicy = {
	"InstanceGroupManagerUpdatePolicy", c_InstanceGroupManagerUpdatePolicy_fields};

static const struct gce_field c_InstanceGroupManagerVersion_fields[] = {
	{.name = "instanceTemplate", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "targetSize", .type = GCE_MESSAGE, .message = &c_FixedOrPercent},
	{0},
};
static const struct gce_message c_InstanceGroupManagerVersion = {
	"InstanceGroupManagerVersion", c_InstanceGroupManagerVersion_fields};

static const struct gce_field c_InstanceGroupManagersScopedList_fields[] = {
	{.name = "instanceGroupManagers", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_InstanceGroupManager},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_InstanceGroupManagersScopedList = {
	"InstanceGroupManagersScopedList", c_InstanceGroupManagersScopedList_fields};

static const struct gce_field c_InstanceList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Instance},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_InstanceList = {
	"InstanceList", c_InstanceList_fields};

static const struct gce_field c_InstanceParams_fields[] = {
	{.name = "requestValidForDuration", .type = GCE_MESSAGE, .message = &c_Duration},
	{.name = "resourceManagerTags", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_InstanceParams = {
	"InstanceParams", c_InstanceParams_fields};

static const struct gce_field c_InstanceProperties_fields[] = {
	{.name = "advancedMachineFeatures", .type = GCE_MESSAGE, .message = &c_AdvancedMachineFeatures},
	{.name = "canIpForward", .type = GCE_BOOL},
	{.name = "confidentialInstanceConfig", .type = GCE_MESSAGE, .message = &c_ConfidentialInstanceConfig},
	{.name = "description", .type = GCE_STRING},
	{.name = "disks", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AttachedDisk},
	{.name = "guestAccelerators", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AcceleratorConfig},
	{.name = "keyRevocationActionType", .type = GCE_STRING, .values = "KEY_REVOCATION_ACTION_TYPE_UNSPECIFIED NONE STOP"},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "localSsdEncryptionMode", .type = GCE_STRING, .values = "EPHEMERAL_KEY_ENCRYPTION LOCAL_SSD_ENCRYPTION_MODE_UNSPECIFIED STANDARD_ENCRYPTION"},
	{.name = "machineType", .type = GCE_STRING},
	{.name = "metadata", .type = GCE_MESSAGE, .message = &c_Metadata},
	{.name = "minCpuPlatform", .type = GCE_STRING},
	{.name = "networkInterfaces", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_NetworkInterface},
	{.name = "networkPerformanceConfig", .type = GCE_MESSAGE, .message = &c_NetworkPerformanceConfig},
	{.name = "privateIpv6GoogleAccess", .type = GCE_STRING, .values = "ENABLE_BIDIRECTIONAL_ACCESS_TO_GOOGLE ENABLE_OUTBOUND_VM_ACCESS_TO_GOOGLE INHERIT_FROM_SUBNETWORK"},
	{.name = "reservationAffinity", .type = GCE_MESSAGE, .message = &c_ReservationAffinity},
	{.name = "resourceManagerTags", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "resourcePolicies", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "scheduling", .type = GCE_MESSAGE, .message = &c_Scheduling},
	{.name = "serviceAccounts", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_ServiceAccount},
	{.name = "shieldedInstanceConfig", .type = GCE_MESSAGE, .message = &c_ShieldedInstanceConfig},
	{.name = "tags", .type = GCE_MESSAGE, .message = &c_Tags},
	{.name = "workloadIdentityConfig", .type = GCE_MESSAGE, .message = &c_WorkloadIdentityConfig},
	{0},
};
static const struct gce_message c_InstanceProperties = {
	"InstanceProperties", c_InstanceProperties_fields};

static const struct gce_field c_InstancePropertiesPatch_fields[] = {
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "metadata", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_InstancePropertiesPatch = {
	"InstancePropertiesPatch", c_InstancePropertiesPatch_fields};

static const struct gce_field c_InstanceTemplate_fields[] = {
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "description", .type = GCE_STRING},
	{.name = "id", .type = GCE_UINT64},
	{.name = "kind", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING, .pattern = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"},
	{.name = "properties", .type = GCE_MESSAGE, .message = &c_InstanceProperties},
	{.name = "region", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "sourceInstance", .type = GCE_STRING},
	{.name = "sourceInstanceParams", .type = GCE_MESSAGE, .message = &c_SourceInstanceParams},
	{0},
};
static const struct gce_message c_InstanceTemplate = {
	"InstanceTemplate", c_InstanceTemplate_fields};

static const struct gce_field c_InstanceTemplateList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_InstanceTemplate},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_InstanceTemplateList = {
	"InstanceTemplateList", c_InstanceTemplateList_fields};

static const struct gce_field c_InstancesBulkInsertOperationMetadata_fields[] = {
	{.name = "perLocationStatus", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_BulkInsertOperationStatus},
	{0},
};
static const struct gce_message c_InstancesBulkInsertOperationMetadata = {
	"InstancesBulkInsertOperationMetadata", c_InstancesBulkInsertOperationMetadata_fields};

static const struct gce_field c_InstancesScopedList_fields[] = {
	{.name = "instances", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Instance},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_InstancesScopedList = {
	"InstancesScopedList", c_InstancesScopedList_fields};

static const struct gce_field c_InstancesSetLabelsRequest_fields[] = {
	{.name = "labelFingerprint", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_InstancesSetLabelsRequest = {
	"InstancesSetLabelsRequest", c_InstancesSetLabelsRequest_fields};

static const struct gce_field c_InstancesSetMachineTypeRequest_fields[] = {
	{.name = "machineType", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_InstancesSetMachineTypeRequest = {
	"InstancesSetMachineTypeRequest", c_InstancesSetMachineTypeRequest_fields};

static const struct gce_field c_Items_fields[] = {
	{.name = "key", .type = GCE_STRING, .pattern = "[-a-zA-Z0-9_]{1,128}"},
	{.name = "value", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Items = {
	"Items", c_Items_fields};

static const struct gce_field c_LocalizedMessage_fields[] = {
	{.name = "locale", .type = GCE_STRING},
	{.name = "message", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_LocalizedMessage = {
	"LocalizedMessage", c_LocalizedMessage_fields};

static const struct gce_field c_MachineType_fields[] = {
	{.name = "accelerators", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Accelerators},
	{.name = "architecture", .type = GCE_STRING, .values = "ARCHITECTURE_UNSPECIFIED ARM64 X86_64"},
	{.name = "bundledLocalSsds", .type = GCE_MESSAGE, .message = &c_BundledLocalSsds},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "deprecated", .type = GCE_MESSAGE, .message = &c_DeprecationStatus},
	{.name = "description", .type = GCE_STRING},
	{.name = "guestCpus", .type = GCE_INT32},
	{.name = "id", .type = GCE_UINT64},
	{.name = "imageSpaceGb", .type = GCE_INT32},
	{.name = "isSharedCpu", .type = GCE_BOOL},
	{.name = "kind", .type = GCE_STRING},
	{.name = "maximumPersistentDisks", .type = GCE_INT32},
	{.name = "maximumPersistentDisksSizeGb", .type = GCE_INT64},
	{.name = "memoryMb", .type = GCE_INT32},
	{.name = "name", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "zone", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_MachineType = {
	"MachineType", c_MachineType_fields};

static const struct gce_field c_MachineTypeList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_MachineType},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_MachineTypeList = {
	"MachineTypeList", c_MachineTypeList_fields};

static const struct gce_field c_ManagedInstance_fields[] = {
	{.name = "currentAction", .type = GCE_STRING, .values = "ABANDONING CREATING CREATING_WITHOUT_RETRIES DELETING NONE RECREATING REFRESHING RESTARTING RESUMING STARTING VERIFYING"},
	{.name = "id", .type = GCE_UINT64},
	{.name = "instance", .type = GCE_STRING},
	{.name = "instanceHealth", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_ManagedInstanceInstanceHealth},
	{.name = "instanceStatus", .type = GCE_STRING, .values = "DEPROVISIONING PENDING PENDING_STOP PROVISIONING REPAIRING RUNNING STAGING STOPPED STOPPING SUSPENDED SUSPENDING TERMINATED"},
	{.name = "lastAttempt", .type = GCE_MESSAGE, .message = &c_ManagedInstanceLastAttempt},
	{.name = "name", .type = GCE_STRING},
	{.name = "preservedStateFromConfig", .type = GCE_MESSAGE, .message = &c_PreservedState},
	{.name = "preservedStateFromPolicy", .type = GCE_MESSAGE, .message = &c_PreservedState},
	{.name = "propertiesFromFlexibilityPolicy", .type = GCE_MESSAGE, .message = &c_ManagedInstancePropertiesFromFlexibilityPolicy},
	{.name = "scheduling", .type = GCE_MESSAGE, .message = &c_ManagedInstanceScheduling},
	{.name = "shutdownDetails", .type = GCE_MESSAGE, .message = &c_ManagedInstanceShutdownDetails},
	{.name = "version", .type = GCE_MESSAGE, .message = &c_ManagedInstanceVersion},
	{0},
};
static const struct gce_message c_ManagedInstance = {
	"ManagedInstance", c_ManagedInstance_fields};

static const struct gce_field c_ManagedInstanceInstanceHealth_fields[] = {
	{.name = "detailedHealthState", .type = GCE_STRING, .values = "DRAINING HEALTHY TIMEOUT UNHEALTHY UNKNOWN"},
	{.name = "healthCheck", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ManagedInstanceInstanceHealth = {
	"ManagedInstanceInstanceHealth", c_ManagedInstanceInstanceHealth_fields};

static const struct gce_field c_ManagedInstanceLastAttempt_fields[] = {
	{.name = "errors", .type = GCE_MESSAGE, .message = &c_ManagedInstanceLastAttemptErrors},
	{0},
};
static const struct gce_message c_ManagedInstanceLastAttempt = {
	"ManagedInstanceLastAttempt", c_ManagedInstanceLastAttempt_fields};

static const struct gce_field c_ManagedInstanceLastAttemptErrors_fields[] = {
	{.name = "errors", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Errors},
	{0},
};
static const struct gce_message c_ManagedInstanceLastAttemptErrors = {
	"ManagedInstanceLastAttemptErrors", c_ManagedInstanceLastAttemptErrors_fields};

static const struct gce_field c_ManagedInstancePropertiesFromFlexibilityPolicy_fields[] = {
	{.name = "machineType", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ManagedInstancePropertiesFromFlexibilityPolicy = {
	"ManagedInstancePropertiesFromFlexibilityPolicy", c_ManagedInstancePropertiesFromFlexibilityPolicy_fields};

static const struct gce_field c_ManagedInstanceScheduling_fields[] = {
	{.name = "gracefulShutdownTimestamp", .type = GCE_STRING},
	{.name = "terminationTimestamp", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ManagedInstanceScheduling = {
	"ManagedInstanceScheduling", c_ManagedInstanceScheduling_fields};

static const struct gce_field c_ManagedInstanceShutdownDetails_fields[] = {
	{.name = "maxDuration", .type = GCE_MESSAGE, .message = &c_Duration},
	{.name = "requestTimestamp", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ManagedInstanceShutdownDetails = {
	"ManagedInstanceShutdownDetails", c_ManagedInstanceShutdownDetails_fields};

static const struct gce_field c_ManagedInstanceVersion_fields[] = {
	{.name = "instanceTemplate", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ManagedInstanceVersion = {
	"ManagedInstanceVersion", c_ManagedInstanceVersion_fields};

static const struct gce_field c_Metadata_fields[] = {
	{.name = "fingerprint", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Items},
	{.name = "kind", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Metadata = {
	"Metadata", c_Metadata_fields};

static const struct gce_field c_NamedPort_fields[] = {
	{.name = "name", .type = GCE_STRING},
	{.name = "port", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_NamedPort = {
	"NamedPort", c_NamedPort_fields};

static const struct gce_field c_Network_fields[] = {
	{.name = "IPv4Range", .type = GCE_STRING},
	{.name = "autoCreateSubnetworks", .type = GCE_BOOL},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "description", .type = GCE_STRING},
	{.name = "enableUlaInternalIpv6", .type = GCE_BOOL},
	{.name = "firewallPolicy", .type = GCE_STRING},
	{.name = "gatewayIPv4", .type = GCE_STRING},
	{.name = "id", .type = GCE_UINT64},
	{.name = "internalIpv6Range", .type = GCE_STRING},
	{.name = "kind", .type = GCE_STRING},
	{.name = "mtu", .type = GCE_INT32},
	{.name = "name", .type = GCE_STRING},
	{.name = "networkFirewallPolicyEnforcementOrder", .type = GCE_STRING, .values = "AFTER_CLASSIC_FIREWALL BEFORE_CLASSIC_FIREWALL"},
	{.name = "networkProfile", .type = GCE_STRING},
	{.name = "params", .type = GCE_MESSAGE, .message = &c_NetworkParams},
	{.name = "peerings", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_NetworkPeering},
	{.name = "routingConfig", .type = GCE_MESSAGE, .message = &c_NetworkRoutingConfig},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "selfLinkWithId", .type = GCE_STRING},
	{.name = "subnetworks", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Network = {
	"Network", c_Network_fields};

static const struct gce_field c_NetworkInterface_fields[] = {
	{.name = "accessConfigs", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AccessConfig},
	{.name = "aliasIpRanges", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AliasIpRange},
	{.name = "aliasIpv6Ranges", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AliasIpRange},
	{.name = "enableVpcScopedDns", .type = GCE_BOOL},
	{.name = "fingerprint", .type = GCE_STRING},
	{.name = "igmpQuery", .type = GCE_STRING, .values = "IGMP_QUERY_DISABLED IGMP_QUERY_V2"},
	{.name = "internalIpv6PrefixLength", .type = GCE_INT32},
	{.name = "ipv6AccessConfigs", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_AccessConfig},
	{.name = "ipv6AccessType", .type = GCE_STRING, .values = "EXTERNAL INTERNAL UNSPECIFIED_IPV6_ACCESS_TYPE"},
	{.name = "ipv6Address", .type = GCE_STRING},
	{.name = "kind", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "network", .type = GCE_STRING},
	{.name = "networkAttachment", .type = GCE_STRING},
	{.name = "networkIP", .type = GCE_STRING},
	{.name = "nicType", .type = GCE_STRING, .values = "GVNIC IDPF IRDMA MRDMA UNSPECIFIED_NIC_TYPE VIRTIO_NET"},
	{.name = "parentNicName", .type = GCE_STRING},
	{.name = "queueCount", .type = GCE_INT32},
	{.name = "serviceClassId", .type = GCE_STRING},
	{.name = "stackType", .type = GCE_STRING, .values = "IPV4_IPV6 IPV4_ONLY IPV6_ONLY UNSPECIFIED_STACK_TYPE"},
	{.name = "subnetwork", .type = GCE_STRING},
	{.name = "vlan", .type = GCE_INT32},
	{0},
};
static const struct gce_message c_NetworkInterface = {
	"NetworkInterface", c_NetworkInterface_fields};

static const struct gce_field c_NetworkList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Network},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_NetworkList = {
	"NetworkList", c_NetworkList_fields};

static const struct gce_field c_NetworkParams_fields[] = {
	{.name = "resourceManagerTags", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_NetworkParams = {
	"NetworkParams", c_NetworkParams_fields};

static const struct gce_field c_NetworkPeering_fields[] = {
	{.name = "autoCreateRoutes", .type = GCE_BOOL},
	{.name = "connectionStatus", .type = GCE_MESSAGE, .message = &c_NetworkPeeringConnectionStatus},
	{.name = "exchangeSubnetRoutes", .type = GCE_BOOL},
	{.name = "exportCustomRoutes", .type = GCE_BOOL},
	{.name = "exportSubnetRoutesWithPublicIp", .type = GCE_BOOL},
	{.name = "importCustomRoutes", .type = GCE_BOOL},
	{.name = "importSubnetRoutesWithPublicIp", .type = GCE_BOOL},
	{.name = "name", .type = GCE_STRING},
	{.name = "network", .type = GCE_STRING},
	{.name = "peerMtu", .type = GCE_INT32},
	{.name = "stackType", .type = GCE_STRING, .values = "IPV4_IPV6 IPV4_ONLY"},
	{.name = "state", .type = GCE_STRING, .values = "ACTIVE INACTIVE"},
	{.name = "stateDetails", .type = GCE_STRING},
	{.name = "updateStrategy", .type = GCE_STRING, .values = "CONSENSUS INDEPENDENT UNSPECIFIED"},
	{0},
};
static const struct gce_message c_NetworkPeering = {
	"NetworkPeering", c_NetworkPeering_fields};

static const struct gce_field c_NetworkPeeringConnectionStatus_fields[] = {
	{.name = "consensusState", .type = GCE_MESSAGE, .message = &c_NetworkPeeringConnectionStatusConsensusState},
	{.name = "trafficConfiguration", .type = GCE_MESSAGE, .message = &c_NetworkPeeringConnectionStatusTrafficConfiguration},
	{.name = "updateStrategy", .type = GCE_STRING, .values = "CONSENSUS INDEPENDENT UNSPECIFIED"},
	{0},
};
static const struct gce_message c_NetworkPeeringConnectionStatus = {
	"NetworkPeeringConnectionStatus", c_NetworkPeeringConnectionStatus_fields};

static const struct gce_field c_NetworkPeeringConnectionStatusConsensusState_fields[] = {
	{.name = "deleteStatus", .type = GCE_STRING, .values = "DELETE_ACKNOWLEDGED DELETE_STATUS_UNSPECIFIED LOCAL_CANCEL_REQUESTED LOCAL_DELETE_REQUESTED PEER_CANCEL_REQUESTED PEER_DELETE_REQUESTED"},
	{.name = "updateStatus", .type = GCE_STRING, .values = "IN_SYNC PENDING_LOCAL_ACKNOWLEDMENT PENDING_PEER_ACKNOWLEDGEMENT UPDATE_STATUS_UNSPECIFIED"},
	{0},
};
static const struct gce_message c_NetworkPeeringConnectionStatusConsensusState = {
	"NetworkPeeringConnectionStatusConsensusState", c_NetworkPeeringConnectionStatusConsensusState_fields};

static const struct gce_field c_NetworkPeeringConnectionStatusTrafficConfiguration_fields[] = {
	{.name = "exportCustomRoutesToPeer", .type = GCE_BOOL},
	{.name = "exportSubnetRoutesWithPublicIpToPeer", .type = GCE_BOOL},
	{.name = "importCustomRoutesFromPeer", .type = GCE_BOOL},
	{.name = "importSubnetRoutesWithPublicIpFromPeer", .type = GCE_BOOL},
	{.name = "stackType", .type = GCE_STRING, .values = "IPV4_IPV6 IPV4_ONLY"},
	{0},
};
static const struct gce_message c_NetworkPeeringConnectionStatusTrafficConfiguration = {
	"NetworkPeeringConnectionStatusTrafficConfiguration", c_NetworkPeeringConnectionStatusTrafficConfiguration_fields};

static const struct gce_field c_NetworkPerformanceConfig_fields[] = {
	{.name = "totalEgressBandwidthTier", .type = GCE_STRING, .values = "DEFAULT TIER_1"},
	{0},
};
static const struct gce_message c_NetworkPerformanceConfig = {
	"NetworkPerformanceConfig", c_NetworkPerformanceConfig_fields};

static const struct gce_field c_NetworkRoutingConfig_fields[] = {
	{.name = "bgpAlwaysCompareMed", .type = GCE_BOOL},
	{.name = "bgpBestPathSelectionMode", .type = GCE_STRING, .values = "LEGACY STANDARD"},
	{.name = "bgpInterRegionCost", .type = GCE_STRING, .values = "ADD_COST_TO_MED DEFAULT"},
	{.name = "effectiveBgpAlwaysCompareMed", .type = GCE_BOOL},
	{.name = "effectiveBgpInterRegionCost", .type = GCE_STRING},
	{.name = "routingMode", .type = GCE_STRING, .values = "GLOBAL REGIONAL"},
	{0},
};
static const struct gce_message c_NetworkRoutingConfig = {
	"NetworkRoutingConfig", c_NetworkRoutingConfig_fields};

static const struct gce_field c_Operation_fields[] = {
	{.name = "clientOperationId", .type = GCE_STRING},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "description", .type = GCE_STRING},
	{.name = "endTime", .type = GCE_STRING},
	{.name = "error", .type = GCE_MESSAGE, .message = &c_Error},
	{.name = "getVersionOperationMetadata", .type = GCE_MESSAGE, .message = &c_GetVersionOperationMetadata},
	{.name = "httpErrorMessage", .type = GCE_STRING},
	{.name = "httpErrorStatusCode", .type = GCE_INT32},
	{.name = "id", .type = GCE_UINT64},
	{.name = "insertTime", .type = GCE_STRING},
	{.name = "instancesBulkInsertOperationMetadata", .type = GCE_MESSAGE, .message = &c_InstancesBulkInsertOperationMetadata},
	{.name = "kind", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "operationGroupId", .type = GCE_STRING},
	{.name = "operationType", .type = GCE_STRING},
	{.name = "progress", .type = GCE_INT32},
	{.name = "region", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "setCommonInstanceMetadataOperationMetadata", .type = GCE_MESSAGE, .message = &c_SetCommonInstanceMetadataOperationMetadata},
	{.name = "startTime", .type = GCE_STRING},
	{.name = "status", .type = GCE_STRING},
	{.name = "statusMessage", .type = GCE_STRING},
	{.name = "targetId", .type = GCE_UINT64},
	{.name = "targetLink", .type = GCE_STRING},
	{.name = "user", .type = GCE_STRING},
	{.name = "warnings", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Warnings},
	{.name = "zone", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Operation = {
	"Operation", c_Operation_fields};

static const struct gce_field c_OperationList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Operation},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_OperationList = {
	"OperationList", c_OperationList_fields};

static const struct gce_field c_PeriodicPartialMaintenanceSchedule_fields[] = {
	{.name = "subType", .type = GCE_STRING, .values = "MAINTENANCE_SUBTYPE_UNSPECIFIED MAINTENANCE_TYPE_CUSTOMER_MAINTENANCE MAINTENANCE_TYPE_DISRUPTIVE_UPGRADE MAINTENANCE_TYPE_STABLE MAINTENANCE_TYPE_TRANSITION"},
	{.name = "targetResource", .type = GCE_STRING},
	{.name = "type", .type = GCE_STRING, .values = "MAINTENANCE_TYPE_UNSPECIFIED PRIVATE_ZONE_MAINTENANCE"},
	{.name = "windowEndTime", .type = GCE_MESSAGE, .message = &c_DateTime},
	{.name = "windowStartTime", .type = GCE_MESSAGE, .message = &c_DateTime},
	{0},
};
static const struct gce_message c_PeriodicPartialMaintenanceSchedule = {
	"PeriodicPartialMaintenanceSchedule", c_PeriodicPartialMaintenanceSchedule_fields};

static const struct gce_field c_PreservedState_fields[] = {
	{.name = "disks", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_PreservedStatePreservedDisk},
	{.name = "externalIPs", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_PreservedStatePreservedNetworkIp},
	{.name = "internalIPs", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_PreservedStatePreservedNetworkIp},
	{.name = "metadata", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_PreservedState = {
	"PreservedState", c_PreservedState_fields};

static const struct gce_field c_PreservedStatePreservedDisk_fields[] = {
	{.name = "autoDelete", .type = GCE_STRING, .values = "NEVER ON_PERMANENT_INSTANCE_DELETION"},
	{.name = "mode", .type = GCE_STRING, .values = "READ_ONLY READ_WRITE"},
	{.name = "source", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_PreservedStatePreservedDisk = {
	"PreservedStatePreservedDisk", c_PreservedStatePreservedDisk_fields};

static const struct gce_field c_PreservedStatePreservedNetworkIp_fields[] = {
	{.name = "autoDelete", .type = GCE_STRING, .values = "NEVER ON_PERMANENT_INSTANCE_DELETION"},
	{.name = "ipAddress", .type = GCE_MESSAGE, .message = &c_PreservedStatePreservedNetworkIpIpAddress},
	{0},
};
static const struct gce_message c_PreservedStatePreservedNetworkIp = {
	"PreservedStatePreservedNetworkIp", c_PreservedStatePreservedNetworkIp_fields};

static const struct gce_field c_PreservedStatePreservedNetworkIpIpAddress_fields[] = {
	{.name = "address", .type = GCE_STRING},
	{.name = "literal", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_PreservedStatePreservedNetworkIpIpAddress = {
	"PreservedStatePreservedNetworkIpIpAddress", c_PreservedStatePreservedNetworkIpIpAddress_fields};

static const struct gce_field c_Project_fields[] = {
	{.name = "cloudArmorTier", .type = GCE_STRING, .values = "CA_ENTERPRISE_ANNUAL CA_ENTERPRISE_PAYGO CA_STANDARD"},
	{.name = "commonInstanceMetadata", .type = GCE_MESSAGE, .message = &c_Metadata},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "defaultNetworkTier", .type = GCE_STRING, .values = "FIXED_STANDARD PREMIUM STANDARD STANDARD_OVERRIDES_FIXED_STANDARD"},
	{.name = "defaultServiceAccount", .type = GCE_STRING},
	{.name = "description", .type = GCE_STRING},
	{.name = "enabledFeatures", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "id", .type = GCE_UINT64},
	{.name = "kind", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "quotas", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Quota},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "usageExportLocation", .type = GCE_MESSAGE, .message = &c_UsageExportLocation},
	{.name = "vmDnsSetting", .type = GCE_STRING, .values = "GLOBAL_DEFAULT UNSPECIFIED_VM_DNS_SETTING ZONAL_DEFAULT ZONAL_ONLY"},
	{.name = "xpnProjectStatus", .type = GCE_STRING, .values = "HOST UNSPECIFIED_XPN_PROJECT_STATUS"},
	{0},
};
static const struct gce_message c_Project = {
	"Project", c_Project_fields};

static const struct gce_field c_Quota_fields[] = {
	{.name = "limit", .type = GCE_NUMBER},
	{.name = "metric", .type = GCE_STRING, .values = "A2_CPUS AFFINITY_GROUPS AUTOSCALERS BACKEND_BUCKETS BACKEND_SERVICES C2D_CPUS C2_CPUS C3_CPUS COMMITMENTS COMMITTED_A2_CPUS COMMITTED_C2D_CPUS COMMITTED_C2_CPUS COMMITTED_C3_CPUS COMMITTED_CPUS COMMITTED_E2_CPUS COMMITTED_LICENSES COMMITTED_LOCAL_SSD_TOTAL_GB COMMITTED_M3_CPUS COMMITTED_MEMORY_OPTIMIZED_CPUS COMMITTED_N2A_CPUS COMMITTED_N2D_CPUS COMMITTED_N2_CPUS COMMITTED_NVIDIA_A100_80GB_GPUS COMMITTED_NVIDIA_A100_GPUS COMMITTED_NVIDIA_H100_GPUS COMMITTED_NVIDIA_K80_GPUS COMMITTED_NVIDIA_L4_GPUS COMMITTED_NVIDIA_P100_GPUS COMMITTED_NVIDIA_P4_GPUS COMMITTED_NVIDIA_T4_GPUS COMMITTED_NVIDIA_V100_GPUS COMMITTED_T2A_CPUS COMMITTED_T2D_CPUS COMMITTED_Z3_CPUS CPUS CPUS_ALL_REGIONS DISKS_TOTAL_GB E2_CPUS EXTERNAL_MANAGED_FORWARDING_RULES EXTERNAL_NETWORK_LB_FORWARDING_RULES EXTERNAL_PROTOCOL_FORWARDING_RULES EXTERNAL_VPN_GATEWAYS FIREWALLS FORWARDING_RULES GLOBAL_EXTERNAL_MANAGED_BACKEND_SERVICES GLOBAL_EXTERNAL_MANAGED_FORWARDING_RULES GLOBAL_EXTERNAL_PROXY_LB_BACKEND_SERVICES GLOBAL_INTERNAL_ADDRESSES GLOBAL_INTERNAL_MANAGED_BACKEND_SERVICES GLOBAL_INTERNAL_TRAFFIC_DIRECTOR_BACKEND_SERVICES GPUS_ALL_REGIONS HDB_TOTAL_GB HDB_TOTAL_IOPS HDB_TOTAL_THROUGHPUT HEALTH_CHECKS IMAGES INSTANCES INSTANCE_GROUPS INSTANCE_GROUP_MANAGERS INSTANCE_TEMPLATES INTERCONNECTS INTERCONNECT_ATTACHMENTS_PER_REGION INTERCONNECT_ATTACHMENTS_TOTAL_MBPS INTERCONNECT_TOTAL_GBPS INTERNAL_ADDRESSES INTERNAL_TRAFFIC_DIRECTOR_FORWARDING_RULES IN_PLACE_SNAPSHOTS IN_USE_ADDRESSES IN_USE_BACKUP_SCHEDULES IN_USE_SNAPSHOT_SCHEDULES LOCAL_SSD_TOTAL_GB M1_CPUS M2_CPUS M3_CPUS MACHINE_IMAGES N2A_CPUS N2D_CPUS N2_CPUS NETWORKS NETWORK_ATTACHMENTS NETWORK_ENDPOINT_GROUPS NETWORK_FIREWALL_POLICIES NET_LB_SECURITY_POLICIES_PER_REGION NET_LB_SECURITY_POLICY_RULES_PER_REGION NET_LB_SECURITY_POLICY_RULE_ATTRIBUTES_PER_REGION NODE_GROUPS NODE_TEMPLATES NVIDIA_A100_80GB_GPUS NVIDIA_A100_GPUS NVIDIA_K80_GPUS NVIDIA_L4_GPUS NVIDIA_P100_GPUS NVIDIA_P100_VWS_GPUS NVIDIA_P4_GPUS NVIDIA_P4_VWS_GPUS NVIDIA_T4_GPUS NVIDIA_T4_VWS_GPUS NVIDIA_V100_GPUS PACKET_MIRRORINGS PD_EXTREME_TOTAL_PROVISIONED_IOPS PREEMPTIBLE_CPUS PREEMPTIBLE_LOCAL_SSD_GB PREEMPTIBLE_NVIDIA_A100_80GB_GPUS PREEMPTIBLE_NVIDIA_A100_GPUS PREEMPTIBLE_NVIDIA_H100_GPUS PREEMPTIBLE_NVIDIA_K80_GPUS PREEMPTIBLE_NVIDIA_L4_GPUS PREEMPTIBLE_NVIDIA_P100_GPUS PREEMPTIBLE_NVIDIA_P100_VWS_GPUS PREEMPTIBLE_NVIDIA_P4_GPUS PREEMPTIBLE_NVIDIA_P4_VWS_GPUS PREEMPTIBLE_NVIDIA_T4_GPUS PREEMPTIBLE_NVIDIA_T4_VWS_GPUS PREEMPTIBLE_NVIDIA_V100_GPUS PREEMPTIBLE_TPU_LITE_DEVICE_V5 PREEMPTIBLE_TPU_LITE_PODSLICE_V5 PREEMPTIBLE_TPU_PODSLICE_V4 PSC_ILB_CONSUMER_FORWARDING_RULES_PER_PRODUCER_NETWORK PSC_INTERNAL_LB_FORWARDING_RULES PUBLIC_ADVERTISED_PREFIXES PUBLIC_DELEGATED_PREFIXES REGIONAL_AUTOSCALERS REGIONAL_EXTERNAL_MANAGED_BACKEND_SERVICES REGIONAL_EXTERNAL_NETWORK_LB_BACKEND_SERVICES REGIONAL_INSTANCE_GROUP_MANAGERS REGIONAL_INTERNAL_LB_BACKEND_SERVICES REGIONAL_INTERNAL_MANAGED_BACKEND_SERVICES REGIONAL_INTERNAL_TRAFFIC_DIRECTOR_BACKEND_SERVICES RESERVATIONS RESOURCE_POLICIES ROUTERS ROUTES SECURITY_POLICIES SECURITY_POLICIES_PER_REGION SECURITY_POLICY_ADVANCED_RULES_PER_REGION SECURITY_POLICY_CEVAL_RULES SECURITY_POLICY_RULES SECURITY_POLICY_RULES_PER_REGION SERVICE_ATTACHMENTS SNAPSHOTS SSD_TOTAL_GB SSL_CERTIFICATES SSL_POLICIES STATIC_ADDRESSES STATIC_BYOIP_ADDRESSES STATIC_EXTERNAL_IPV6_ADDRESS_RANGES SUBNETWORKS T2A_CPUS T2D_CPUS TARGET_HTTPS_PROXIES TARGET_HTTP_PROXIES TARGET_INSTANCES TARGET_POOLS TARGET_SSL_PROXIES TARGET_TCP_PROXIES TARGET_VPN_GATEWAYS TPU_LITE_DEVICE_V5 TPU_LITE_PODSLICE_V5 TPU_PODSLICE_V4 URL_MAPS VARIABLE_IPV6_PUBLIC_DELEGATED_PREFIXES VPN_GATEWAYS VPN_TUNNELS XPN_SERVICE_PROJECTS"},
	{.name = "owner", .type = GCE_STRING},
	{.name = "usage", .type = GCE_NUMBER},
	{0},
};
static const struct gce_message c_Quota = {
	"Quota", c_Quota_fields};

static const struct gce_field c_QuotaExceededInfo_fields[] = {
	{.name = "dimensions", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "futureLimit", .type = GCE_NUMBER},
	{.name = "limit", .type = GCE_NUMBER},
	{.name = "limitName", .type = GCE_STRING},
	{.name = "metricName", .type = GCE_STRING},
	{.name = "rolloutStatus", .type = GCE_STRING, .values = "IN_PROGRESS ROLLOUT_STATUS_UNSPECIFIED"},
	{0},
};
static const struct gce_message c_QuotaExceededInfo = {
	"QuotaExceededInfo", c_QuotaExceededInfo_fields};

static const struct gce_field c_QuotaStatusWarning_fields[] = {
	{.name = "code", .type = GCE_STRING, .values = "CLEANUP_FAILED DEPRECATED_RESOURCE_USED DEPRECATED_TYPE_USED DISK_SIZE_LARGER_THAN_IMAGE_SIZE EXPERIMENTAL_TYPE_USED EXTERNAL_API_WARNING FIELD_VALUE_OVERRIDEN INJECTED_KERNELS_DEPRECATED INVALID_HEALTH_CHECK_FOR_DYNAMIC_WIEGHTED_LB LARGE_DEPLOYMENT_WARNING LIST_OVERHEAD_QUOTA_EXCEED MISSING_TYPE_DEPENDENCY NEXT_HOP_ADDRESS_NOT_ASSIGNED NEXT_HOP_CANNOT_IP_FORWARD NEXT_HOP_INSTANCE_HAS_NO_IPV6_INTERFACE NEXT_HOP_INSTANCE_NOT_FOUND NEXT_HOP_INSTANCE_NOT_ON_NETWORK NEXT_HOP_NOT_RUNNING NOT_CRITICAL_ERROR NO_RESULTS_ON_PAGE PARTIAL_SUCCESS QUOTA_INFO_UNAVAILABLE REQUIRED_TOS_AGREEMENT RESOURCE_IN_USE_BY_OTHER_RESOURCE_WARNING RESOURCE_NOT_DELETED SCHEMA_VALIDATION_IGNORED SINGLE_INSTANCE_PROPERTY_TEMPLATE UNDECLARED_PROPERTIES UNREACHABLE"},
	{.name = "data", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Data},
	{.name = "message", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_QuotaStatusWarning = {
	"QuotaStatusWarning", c_QuotaStatusWarning_fields};

static const struct gce_field c_RawDisk_fields[] = {
	{.name = "containerType", .type = GCE_STRING, .values = "TAR"},
	{.name = "sha1Checksum", .type = GCE_STRING},
	{.name = "source", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_RawDisk = {
	"RawDisk", c_RawDisk_fields};

static const struct gce_field c_Region_fields[] = {
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "deprecated", .type = GCE_MESSAGE, .message = &c_DeprecationStatus},
	{.name = "description", .type = GCE_STRING},
	{.name = "id", .type = GCE_UINT64},
	{.name = "kind", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "quotaStatusWarning", .type = GCE_MESSAGE, .message = &c_QuotaStatusWarning},
	{.name = "quotas", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Quota},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "status", .type = GCE_STRING, .values = "DOWN UP"},
	{.name = "supportsPzs", .type = GCE_BOOL},
	{.name = "zones", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Region = {
	"Region", c_Region_fields};

static const struct gce_field c_RegionInstanceGroupManagerList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_InstanceGroupManager},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_RegionInstanceGroupManagerList = {
	"RegionInstanceGroupManagerList", c_RegionInstanceGroupManagerList_fields};

static const struct gce_field c_RegionInstanceGroupManagersListInstancesResponse_fields[] = {
	{.name = "managedInstances", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_ManagedInstance},
	{.name = "nextPageToken", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_RegionInstanceGroupManagersListInstancesResponse = {
	"RegionInstanceGroupManagersListInstancesResponse", c_RegionInstanceGroupManagersListInstancesResponse_fields};

static const struct gce_field c_RegionList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Region},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_RegionList = {
	"RegionList", c_RegionList_fields};

static const struct gce_field c_RegionSetLabelsRequest_fields[] = {
	{.name = "labelFingerprint", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_RegionSetLabelsRequest = {
	"RegionSetLabelsRequest", c_RegionSetLabelsRequest_fields};

static const struct gce_field c_ReservationAffinity_fields[] = {
	{.name = "consumeReservationType", .type = GCE_STRING, .values = "ANY_RESERVATION NO_RESERVATION SPECIFIC_RESERVATION UNSPECIFIED"},
	{.name = "key", .type = GCE_STRING},
	{.name = "values", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_ReservationAffinity = {
	"ReservationAffinity", c_ReservationAffinity_fields};

static const struct gce_field c_ResourceStatus_fields[] = {
	{.name = "effectiveInstanceMetadata", .type = GCE_MESSAGE, .message = &c_ResourceStatusEffectiveInstanceMetadata},
	{.name = "physicalHost", .type = GCE_STRING},
	{.name = "physicalHostTopology", .type = GCE_MESSAGE, .message = &c_ResourceStatusPhysicalHostTopology},
	{.name = "reservationConsumptionInfo", .type = GCE_MESSAGE, .message = &c_ResourceStatusReservationConsumptionInfo},
	{.name = "scheduling", .type = GCE_MESSAGE, .message = &c_ResourceStatusScheduling},
	{.name = "shutdownDetails", .type = GCE_MESSAGE, .message = &c_ResourceStatusShutdownDetails},
	{.name = "upcomingMaintenance", .type = GCE_MESSAGE, .message = &c_UpcomingMaintenance},
	{0},
};
static const struct gce_message c_ResourceStatus = {
	"ResourceStatus", c_ResourceStatus_fields};

static const struct gce_field c_ResourceStatusEffectiveInstanceMetadata_fields[] = {
	{.name = "blockProjectSshKeysMetadataValue", .type = GCE_BOOL},
	{.name = "enableGuestAttributesMetadataValue", .type = GCE_BOOL},
	{.name = "enableOsInventoryMetadataValue", .type = GCE_BOOL},
	{.name = "enableOsconfigMetadataValue", .type = GCE_BOOL},
	{.name = "enableOsloginMetadataValue", .type = GCE_BOOL},
	{.name = "gceContainerDeclarationMetadataValue", .type = GCE_BOOL},
	{.name = "serialPortEnableMetadataValue", .type = GCE_BOOL},
	{.name = "serialPortLoggingEnableMetadataValue", .type = GCE_BOOL},
	{.name = "vmDnsSettingMetadataValue", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ResourceStatusEffectiveInstanceMetadata = {
	"ResourceStatusEffectiveInstanceMetadata", c_ResourceStatusEffectiveInstanceMetadata_fields};

static const struct gce_field c_ResourceStatusPhysicalHostTopology_fields[] = {
	{.name = "additionalAttributes", .type = GCE_MESSAGE, .message = &c_ResourceStatusPhysicalHostTopologyAdditionalAttributes},
	{.name = "block", .type = GCE_STRING},
	{.name = "cluster", .type = GCE_STRING},
	{.name = "host", .type = GCE_STRING},
	{.name = "subblock", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ResourceStatusPhysicalHostTopology = {
	"ResourceStatusPhysicalHostTopology", c_ResourceStatusPhysicalHostTopology_fields};

static const struct gce_field c_ResourceStatusPhysicalHostTopologyAdditionalAttributes_fields[] = {
	{.name = "acceleratorTopologyIds", .type = GCE_STRING, .flags = GCE_MAP},
	{0},
};
static const struct gce_message c_ResourceStatusPhysicalHostTopologyAdditionalAttributes = {
	"ResourceStatusPhysicalHostTopologyAdditionalAttributes", c_ResourceStatusPhysicalHostTopologyAdditionalAttributes_fields};

static const struct gce_field c_ResourceStatusReservationConsumptionInfo_fields[] = {
	{.name = "consumedReservation", .type = GCE_STRING},
	{.name = "consumedReservationBlock", .type = GCE_STRING},
	{.name = "consumedReservationSubBlock", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ResourceStatusReservationConsumptionInfo = {
	"ResourceStatusReservationConsumptionInfo", c_ResourceStatusReservationConsumptionInfo_fields};

static const struct gce_field c_ResourceStatusScheduling_fields[] = {
	{.name = "availabilityDomain", .type = GCE_INT32},
	{.name = "gracefulShutdownTimestamp", .type = GCE_STRING},
	{.name = "terminationTimestamp", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_ResourceStatusScheduling = {
	"ResourceStatusScheduling", c_ResourceStatusScheduling_fields};

static const struct gce_field c_ResourceStatusShutdownDetails_fields[] = {
	{.name = "maxDuration", .type = GCE_MESSAGE, .message = &c_Duration},
	{.name = "requestTimestamp", .type = GCE_STRING},
	{.name = "stopState", .type = GCE_STRING, .values = "PENDING_STOP STOPPING"},
	{.name = "targetState", .type = GCE_STRING, .values = "DELETED STOPPED"},
	{0},
};
static const struct gce_message c_ResourceStatusShutdownDetails = {
	"ResourceStatusShutdownDetails", c_ResourceStatusShutdownDetails_fields};

static const struct gce_field c_Scheduling_fields[] = {
	{.name = "automaticRestart", .type = GCE_BOOL},
	{.name = "availabilityDomain", .type = GCE_INT32},
	{.name = "gracefulShutdown", .type = GCE_MESSAGE, .message = &c_SchedulingGracefulShutdown},
	{.name = "hostErrorTimeoutSeconds", .type = GCE_INT32},
	{.name = "instanceTerminationAction", .type = GCE_STRING, .values = "DELETE INSTANCE_TERMINATION_ACTION_UNSPECIFIED STOP"},
	{.name = "localSsdRecoveryTimeout", .type = GCE_MESSAGE, .message = &c_Duration},
	{.name = "locationHint", .type = GCE_STRING},
	{.name = "maxRunDuration", .type = GCE_MESSAGE, .message = &c_Duration},
	{.name = "minNodeCpus", .type = GCE_INT32},
	{.name = "nodeAffinities", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_SchedulingNodeAffinity},
	{.name = "onHostMaintenance", .type = GCE_STRING, .values = "MIGRATE TERMINATE"},
	{.name = "onInstanceStopAction", .type = GCE_MESSAGE, .message = &c_SchedulingOnInstanceStopAction},
	{.name = "preemptible", .type = GCE_BOOL},
	{.name = "preemptionNoticeDuration", .type = GCE_MESSAGE, .message = &c_Duration},
	{.name = "provisioningModel", .type = GCE_STRING, .values = "FLEX_START RESERVATION_BOUND SPOT STANDARD"},
	{.name = "skipGuestOsShutdown", .type = GCE_BOOL},
	{.name = "terminationTime", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Scheduling = {
	"Scheduling", c_Scheduling_fields};

static const struct gce_field c_SchedulingGracefulShutdown_fields[] = {
	{.name = "enabled", .type = GCE_BOOL},
	{.name = "maxDuration", .type = GCE_MESSAGE, .message = &c_Duration},
	{0},
};
static const struct gce_message c_SchedulingGracefulShutdown = {
	"SchedulingGracefulShutdown", c_SchedulingGracefulShutdown_fields};

static const struct gce_field c_SchedulingNodeAffinity_fields[] = {
	{.name = "key", .type = GCE_STRING},
	{.name = "operator", .type = GCE_STRING, .values = "IN NOT_IN OPERATOR_UNSPECIFIED"},
	{.name = "values", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_SchedulingNodeAffinity = {
	"SchedulingNodeAffinity", c_SchedulingNodeAffinity_fields};

static const struct gce_field c_SchedulingOnInstanceStopAction_fields[] = {
	{.name = "discardLocalSsd", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_SchedulingOnInstanceStopAction = {
	"SchedulingOnInstanceStopAction", c_SchedulingOnInstanceStopAction_fields};

static const struct gce_field c_SerialPortOutput_fields[] = {
	{.name = "contents", .type = GCE_STRING},
	{.name = "kind", .type = GCE_STRING},
	{.name = "next", .type = GCE_INT64},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "start", .type = GCE_INT64},
	{0},
};
static const struct gce_message c_SerialPortOutput = {
	"SerialPortOutput", c_SerialPortOutput_fields};

static const struct gce_field c_ServiceAccount_fields[] = {
	{.name = "email", .type = GCE_STRING},
	{.name = "scopes", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_ServiceAccount = {
	"ServiceAccount", c_ServiceAccount_fields};

static const struct gce_field c_SetCommonInstanceMetadataOperationMetadata_fields[] = {
	{.name = "clientOperationId", .type = GCE_STRING},
	{.name = "perLocationOperations", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_SetCommonInstanceMetadataOperationMetadataPerLocationOperationInfo},
	{0},
};
static const struct gce_message c_SetCommonInstanceMetadataOperationMetadata = {
	"SetCommonInstanceMetadataOperationMetadata", c_SetCommonInstanceMetadataOperationMetadata_fields};

static const struct gce_field c_SetCommonInstanceMetadataOperationMetadataPerLocationOperationInfo_fields[] = {
	{.name = "error", .type = GCE_MESSAGE, .message = &c_Status},
	{.name = "state", .type = GCE_STRING, .values = "ABANDONED DONE FAILED PROPAGATED PROPAGATING UNSPECIFIED"},
	{0},
};
static const struct gce_message c_SetCommonInstanceMetadataOperationMetadataPerLocationOperationInfo = {
	"SetCommonInstanceMetadataOperationMetadataPerLocationOperationInfo", c_SetCommonInstanceMetadataOperationMetadataPerLocationOperationInfo_fields};

static const struct gce_field c_ShieldedInstanceConfig_fields[] = {
	{.name = "enableIntegrityMonitoring", .type = GCE_BOOL},
	{.name = "enableSecureBoot", .type = GCE_BOOL},
	{.name = "enableVtpm", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_ShieldedInstanceConfig = {
	"ShieldedInstanceConfig", c_ShieldedInstanceConfig_fields};

static const struct gce_field c_ShieldedInstanceIntegrityPolicy_fields[] = {
	{.name = "updateAutoLearnPolicy", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_ShieldedInstanceIntegrityPolicy = {
	"ShieldedInstanceIntegrityPolicy", c_ShieldedInstanceIntegrityPolicy_fields};

static const struct gce_field c_SourceInstanceParams_fields[] = {
	{.name = "diskConfigs", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_DiskInstantiationConfig},
	{0},
};
static const struct gce_message c_SourceInstanceParams = {
	"SourceInstanceParams", c_SourceInstanceParams_fields};

static const struct gce_field c_StatefulPolicy_fields[] = {
	{.name = "preservedState", .type = GCE_MESSAGE, .message = &c_StatefulPolicyPreservedState},
	{0},
};
static const struct gce_message c_StatefulPolicy = {
	"StatefulPolicy", c_StatefulPolicy_fields};

static const struct gce_field c_StatefulPolicyPreservedState_fields[] = {
	{.name = "disks", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_StatefulPolicyPreservedStateDiskDevice},
	{.name = "externalIPs", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_StatefulPolicyPreservedStateNetworkIp},
	{.name = "internalIPs", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &c_StatefulPolicyPreservedStateNetworkIp},
	{0},
};
static const struct gce_message c_StatefulPolicyPreservedState = {
	"StatefulPolicyPreservedState", c_StatefulPolicyPreservedState_fields};

static const struct gce_field c_StatefulPolicyPreservedStateDiskDevice_fields[] = {
	{.name = "autoDelete", .type = GCE_STRING, .values = "NEVER ON_PERMANENT_INSTANCE_DELETION"},
	{0},
};
static const struct gce_message c_StatefulPolicyPreservedStateDiskDevice = {
	"StatefulPolicyPreservedStateDiskDevice", c_StatefulPolicyPreservedStateDiskDevice_fields};

static const struct gce_field c_StatefulPolicyPreservedStateNetworkIp_fields[] = {
	{.name = "autoDelete", .type = GCE_STRING, .values = "NEVER ON_PERMANENT_INSTANCE_DELETION"},
	{0},
};
static const struct gce_message c_StatefulPolicyPreservedStateNetworkIp = {
	"StatefulPolicyPreservedStateNetworkIp", c_StatefulPolicyPreservedStateNetworkIp_fields};

static const struct gce_field c_Status_fields[] = {
	{.name = "code", .type = GCE_INT32},
	{.name = "details", .type = GCE_ANY, .flags = GCE_LIST},
	{.name = "message", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Status = {
	"Status", c_Status_fields};

static const struct gce_field c_Tags_fields[] = {
	{.name = "fingerprint", .type = GCE_STRING},
	{.name = "items", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message c_Tags = {
	"Tags", c_Tags_fields};

static const struct gce_field c_TimeZone_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "version", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_TimeZone = {
	"TimeZone", c_TimeZone_fields};

static const struct gce_field c_UpcomingMaintenance_fields[] = {
	{.name = "canReschedule", .type = GCE_BOOL},
	{.name = "latestWindowStartTime", .type = GCE_STRING},
	{.name = "maintenanceOnShutdown", .type = GCE_BOOL},
	{.name = "maintenanceReasons", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "maintenanceStatus", .type = GCE_STRING, .values = "ONGOING PENDING UNKNOWN"},
	{.name = "type", .type = GCE_STRING, .values = "MULTIPLE SCHEDULED UNKNOWN_TYPE UNSCHEDULED"},
	{.name = "windowEndTime", .type = GCE_STRING},
	{.name = "windowStartTime", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_UpcomingMaintenance = {
	"UpcomingMaintenance", c_UpcomingMaintenance_fields};

static const struct gce_field c_UsageExportLocation_fields[] = {
	{.name = "bucketName", .type = GCE_STRING},
	{.name = "reportNamePrefix", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_UsageExportLocation = {
	"UsageExportLocation", c_UsageExportLocation_fields};

static const struct gce_field c_Warning_fields[] = {
	{.name = "code", .type = GCE_STRING, .values = "CLEANUP_FAILED DEPRECATED_RESOURCE_USED DEPRECATED_TYPE_USED DISK_SIZE_LARGER_THAN_IMAGE_SIZE EXPERIMENTAL_TYPE_USED EXTERNAL_API_WARNING FIELD_VALUE_OVERRIDEN INJECTED_KERNELS_DEPRECATED INVALID_HEALTH_CHECK_FOR_DYNAMIC_WIEGHTED_LB LARGE_DEPLOYMENT_WARNING LIST_OVERHEAD_QUOTA_EXCEED MISSING_TYPE_DEPENDENCY NEXT_HOP_ADDRESS_NOT_ASSIGNED NEXT_HOP_CANNOT_IP_FORWARD NEXT_HOP_INSTANCE_HAS_NO_IPV6_INTERFACE NEXT_HOP_INSTANCE_NOT_FOUND NEXT_HOP_INSTANCE_NOT_ON_NETWORK NEXT_HOP_NOT_RUNNING NOT_CRITICAL_ERROR NO_RESULTS_ON_PAGE PARTIAL_SUCCESS QUOTA_INFO_UNAVAILABLE REQUIRED_TOS_AGREEMENT RESOURCE_IN_USE_BY_OTHER_RESOURCE_WARNING RESOURCE_NOT_DELETED SCHEMA_VALIDATION_IGNORED SINGLE_INSTANCE_PROPERTY_TEMPLATE UNDECLARED_PROPERTIES UNREACHABLE"},
	{.name = "data", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Data},
	{.name = "message", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Warning = {
	"Warning", c_Warning_fields};

static const struct gce_field c_Warnings_fields[] = {
	{.name = "code", .type = GCE_STRING, .values = "CLEANUP_FAILED DEPRECATED_RESOURCE_USED DEPRECATED_TYPE_USED DISK_SIZE_LARGER_THAN_IMAGE_SIZE EXPERIMENTAL_TYPE_USED EXTERNAL_API_WARNING FIELD_VALUE_OVERRIDEN INJECTED_KERNELS_DEPRECATED INVALID_HEALTH_CHECK_FOR_DYNAMIC_WIEGHTED_LB LARGE_DEPLOYMENT_WARNING LIST_OVERHEAD_QUOTA_EXCEED MISSING_TYPE_DEPENDENCY NEXT_HOP_ADDRESS_NOT_ASSIGNED NEXT_HOP_CANNOT_IP_FORWARD NEXT_HOP_INSTANCE_HAS_NO_IPV6_INTERFACE NEXT_HOP_INSTANCE_NOT_FOUND NEXT_HOP_INSTANCE_NOT_ON_NETWORK NEXT_HOP_NOT_RUNNING NOT_CRITICAL_ERROR NO_RESULTS_ON_PAGE PARTIAL_SUCCESS QUOTA_INFO_UNAVAILABLE REQUIRED_TOS_AGREEMENT RESOURCE_IN_USE_BY_OTHER_RESOURCE_WARNING RESOURCE_NOT_DELETED SCHEMA_VALIDATION_IGNORED SINGLE_INSTANCE_PROPERTY_TEMPLATE UNDECLARED_PROPERTIES UNREACHABLE"},
	{.name = "data", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Data},
	{.name = "message", .type = GCE_STRING},
	{0},
};
static const struct gce_message c_Warnings = {
	"Warnings", c_Warnings_fields};

static const struct gce_field c_WorkloadIdentityConfig_fields[] = {
	{.name = "identity", .type = GCE_STRING},
	{.name = "identityCertificateEnabled", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_WorkloadIdentityConfig = {
	"WorkloadIdentityConfig", c_WorkloadIdentityConfig_fields};

static const struct gce_field c_Zone_fields[] = {
	{.name = "availableCpuPlatforms", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "creationTimestamp", .type = GCE_STRING},
	{.name = "deprecated", .type = GCE_MESSAGE, .message = &c_DeprecationStatus},
	{.name = "description", .type = GCE_STRING},
	{.name = "id", .type = GCE_UINT64},
	{.name = "kind", .type = GCE_STRING},
	{.name = "name", .type = GCE_STRING},
	{.name = "region", .type = GCE_STRING},
	{.name = "resourceStatus", .type = GCE_MESSAGE, .message = &c_ZoneResourceStatus},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "status", .type = GCE_STRING, .values = "DOWN UP"},
	{.name = "supportsPzs", .type = GCE_BOOL},
	{0},
};
static const struct gce_message c_Zone = {
	"Zone", c_Zone_fields};

static const struct gce_field c_ZoneList_fields[] = {
	{.name = "id", .type = GCE_STRING},
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_Zone},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "warning", .type = GCE_MESSAGE, .message = &c_Warning},
	{0},
};
static const struct gce_message c_ZoneList = {
	"ZoneList", c_ZoneList_fields};

static const struct gce_field c_ZoneResourceStatus_fields[] = {
	{.name = "upcomingMaintenances", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &c_PeriodicPartialMaintenanceSchedule},
	{0},
};
static const struct gce_message c_ZoneResourceStatus = {
	"ZoneResourceStatus", c_ZoneResourceStatus_fields};
static const struct gce_message s_Bucket;
static const struct gce_message s_Bucket_autoclass;
static const struct gce_message s_Bucket_billing;
static const struct gce_message s_Bucket_cors;
static const struct gce_message s_Bucket_customPlacementConfig;
static const struct gce_message s_Bucket_encryption;
static const struct gce_message s_Bucket_encryption_customerManagedEncryptionEnforcementConfig;
static const struct gce_message s_Bucket_encryption_customerSuppliedEncryptionEnforcementConfig;
static const struct gce_message s_Bucket_encryption_googleManagedEncryptionEnforcementConfig;
static const struct gce_message s_Bucket_hierarchicalNamespace;
static const struct gce_message s_Bucket_iamConfiguration;
static const struct gce_message s_Bucket_iamConfiguration_bucketPolicyOnly;
static const struct gce_message s_Bucket_iamConfiguration_uniformBucketLevelAccess;
static const struct gce_message s_Bucket_ipFilter;
static const struct gce_message s_Bucket_ipFilter_publicNetworkSource;
static const struct gce_message s_Bucket_ipFilter_vpcNetworkSources;
static const struct gce_message s_Bucket_lifecycle;
static const struct gce_message s_Bucket_lifecycle_rule;
static const struct gce_message s_Bucket_lifecycle_rule_action;
static const struct gce_message s_Bucket_lifecycle_rule_condition;
static const struct gce_message s_Bucket_logging;
static const struct gce_message s_Bucket_objectRetention;
static const struct gce_message s_Bucket_owner;
static const struct gce_message s_Bucket_retentionPolicy;
static const struct gce_message s_Bucket_softDeletePolicy;
static const struct gce_message s_Bucket_versioning;
static const struct gce_message s_Bucket_website;
static const struct gce_message s_BucketAccessControl;
static const struct gce_message s_BucketAccessControl_projectTeam;
static const struct gce_message s_Object;
static const struct gce_message s_Object_contexts;
static const struct gce_message s_Object_customerEncryption;
static const struct gce_message s_Object_owner;
static const struct gce_message s_Object_retention;
static const struct gce_message s_ObjectAccessControl;
static const struct gce_message s_ObjectAccessControl_projectTeam;
static const struct gce_message s_ObjectCustomContextPayload;
static const struct gce_message s_Objects;
static const struct gce_message s_TestIamPermissionsResponse;

static const struct gce_field s_Bucket_fields[] = {
	{.name = "acl", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &s_BucketAccessControl},
	{.name = "autoclass", .type = GCE_MESSAGE, .message = &s_Bucket_autoclass},
	{.name = "billing", .type = GCE_MESSAGE, .message = &s_Bucket_billing},
	{.name = "cors", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &s_Bucket_cors},
	{.name = "customPlacementConfig", .type = GCE_MESSAGE, .message = &s_Bucket_customPlacementConfig},
	{.name = "defaultEventBasedHold", .type = GCE_BOOL},
	{.name = "defaultObjectAcl", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &s_ObjectAccessControl},
	{.name = "encryption", .type = GCE_MESSAGE, .message = &s_Bucket_encryption},
	{.name = "etag", .type = GCE_STRING},
	{.name = "generation", .type = GCE_INT64},
	{.name = "hardDeleteTime", .type = GCE_STRING},
	{.name = "hierarchicalNamespace", .type = GCE_MESSAGE, .message = &s_Bucket_hierarchicalNamespace},
	{.name = "iamConfiguration", .type = GCE_MESSAGE, .message = &s_Bucket_iamConfiguration},
	{.name = "id", .type = GCE_STRING},
	{.name = "ipFilter", .type = GCE_MESSAGE, .message = &s_Bucket_ipFilter},
	{.name = "kind", .type = GCE_STRING},
	{.name = "labels", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "lifecycle", .type = GCE_MESSAGE, .message = &s_Bucket_lifecycle},
	{.name = "location", .type = GCE_STRING},
	{.name = "locationType", .type = GCE_STRING},
	{.name = "logging", .type = GCE_MESSAGE, .message = &s_Bucket_logging},
	{.name = "metageneration", .type = GCE_INT64},
	{.name = "name", .type = GCE_STRING},
	{.name = "objectRetention", .type = GCE_MESSAGE, .message = &s_Bucket_objectRetention},
	{.name = "owner", .type = GCE_MESSAGE, .message = &s_Bucket_owner},
	{.name = "projectNumber", .type = GCE_UINT64},
	{.name = "retentionPolicy", .type = GCE_MESSAGE, .message = &s_Bucket_retentionPolicy},
	{.name = "rpo", .type = GCE_STRING},
	{.name = "satisfiesPZI", .type = GCE_BOOL},
	{.name = "satisfiesPZS", .type = GCE_BOOL},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "softDeletePolicy", .type = GCE_MESSAGE, .message = &s_Bucket_softDeletePolicy},
	{.name = "softDeleteTime", .type = GCE_STRING},
	{.name = "storageClass", .type = GCE_STRING},
	{.name = "timeCreated", .type = GCE_STRING},
	{.name = "updated", .type = GCE_STRING},
	{.name = "versioning", .type = GCE_MESSAGE, .message = &s_Bucket_versioning},
	{.name = "website", .type = GCE_MESSAGE, .message = &s_Bucket_website},
	{0},
};
static const struct gce_message s_Bucket = {
	"Bucket", s_Bucket_fields};

static const struct gce_field s_Bucket_autoclass_fields[] = {
	{.name = "enabled", .type = GCE_BOOL},
	{.name = "terminalStorageClass", .type = GCE_STRING},
	{.name = "terminalStorageClassUpdateTime", .type = GCE_STRING},
	{.name = "toggleTime", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_autoclass = {
	"Bucket.autoclass", s_Bucket_autoclass_fields};

static const struct gce_field s_Bucket_billing_fields[] = {
	{.name = "requesterPays", .type = GCE_BOOL},
	{0},
};
static const struct gce_message s_Bucket_billing = {
	"Bucket.billing", s_Bucket_billing_fields};

static const struct gce_field s_Bucket_cors_fields[] = {
	{.name = "maxAgeSeconds", .type = GCE_INT32},
	{.name = "method", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "origin", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "responseHeader", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message s_Bucket_cors = {
	"Bucket.cors", s_Bucket_cors_fields};

static const struct gce_field s_Bucket_customPlacementConfig_fields[] = {
	{.name = "dataLocations", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message s_Bucket_customPlacementConfig = {
	"Bucket.customPlacementConfig", s_Bucket_customPlacementConfig_fields};

static const struct gce_field s_Bucket_encryption_fields[] = {
	{.name = "customerManagedEncryptionEnforcementConfig", .type = GCE_MESSAGE, .message = &s_Bucket_encryption_customerManagedEncryptionEnforcementConfig},
	{.name = "customerSuppliedEncryptionEnforcementConfig", .type = GCE_MESSAGE, .message = &s_Bucket_encryption_customerSuppliedEncryptionEnforcementConfig},
	{.name = "defaultKmsKeyName", .type = GCE_STRING},
	{.name = "googleManagedEncryptionEnforcementConfig", .type = GCE_MESSAGE, .message = &s_Bucket_encryption_googleManagedEncryptionEnforcementConfig},
	{0},
};
static const struct gce_message s_Bucket_encryption = {
	"Bucket.encryption", s_Bucket_encryption_fields};

static const struct gce_field s_Bucket_encryption_customerManagedEncryptionEnforcementConfig_fields[] = {
	{.name = "effectiveTime", .type = GCE_STRING},
	{.name = "restrictionMode", .type = GCE_STRING, .values = "FullyRestricted NotRestricted"},
	{0},
};
static const struct gce_message s_Bucket_encryption_customerManagedEncryptionEnforcementConfig = {
	"Bucket.encryption.customerManagedEncryptionEnforcementConfig", s_Bucket_encryption_customerManagedEncryptionEnforcementConfig_fields};

static const struct gce_field s_Bucket_encryption_customerSuppliedEncryptionEnforcementConfig_fields[] = {
	{.name = "effectiveTime", .type = GCE_STRING},
	{.name = "restrictionMode", .type = GCE_STRING, .values = "FullyRestricted NotRestricted"},
	{0},
};
static const struct gce_message s_Bucket_encryption_customerSuppliedEncryptionEnforcementConfig = {
	"Bucket.encryption.customerSuppliedEncryptionEnforcementConfig", s_Bucket_encryption_customerSuppliedEncryptionEnforcementConfig_fields};

static const struct gce_field s_Bucket_encryption_googleManagedEncryptionEnforcementConfig_fields[] = {
	{.name = "effectiveTime", .type = GCE_STRING},
	{.name = "restrictionMode", .type = GCE_STRING, .values = "FullyRestricted NotRestricted"},
	{0},
};
static const struct gce_message s_Bucket_encryption_googleManagedEncryptionEnforcementConfig = {
	"Bucket.encryption.googleManagedEncryptionEnforcementConfig", s_Bucket_encryption_googleManagedEncryptionEnforcementConfig_fields};

static const struct gce_field s_Bucket_hierarchicalNamespace_fields[] = {
	{.name = "enabled", .type = GCE_BOOL},
	{0},
};
static const struct gce_message s_Bucket_hierarchicalNamespace = {
	"Bucket.hierarchicalNamespace", s_Bucket_hierarchicalNamespace_fields};

static const struct gce_field s_Bucket_iamConfiguration_fields[] = {
	{.name = "bucketPolicyOnly", .type = GCE_MESSAGE, .message = &s_Bucket_iamConfiguration_bucketPolicyOnly},
	{.name = "publicAccessPrevention", .type = GCE_STRING},
	{.name = "uniformBucketLevelAccess", .type = GCE_MESSAGE, .message = &s_Bucket_iamConfiguration_uniformBucketLevelAccess},
	{0},
};
static const struct gce_message s_Bucket_iamConfiguration = {
	"Bucket.iamConfiguration", s_Bucket_iamConfiguration_fields};

static const struct gce_field s_Bucket_iamConfiguration_bucketPolicyOnly_fields[] = {
	{.name = "enabled", .type = GCE_BOOL},
	{.name = "lockedTime", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_iamConfiguration_bucketPolicyOnly = {
	"Bucket.iamConfiguration.bucketPolicyOnly", s_Bucket_iamConfiguration_bucketPolicyOnly_fields};

static const struct gce_field s_Bucket_iamConfiguration_uniformBucketLevelAccess_fields[] = {
	{.name = "enabled", .type = GCE_BOOL},
	{.name = "lockedTime", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_iamConfiguration_uniformBucketLevelAccess = {
	"Bucket.iamConfiguration.uniformBucketLevelAccess", s_Bucket_iamConfiguration_uniformBucketLevelAccess_fields};

static const struct gce_field s_Bucket_ipFilter_fields[] = {
	{.name = "allowAllServiceAgentAccess", .type = GCE_BOOL},
	{.name = "allowCrossOrgVpcs", .type = GCE_BOOL},
	{.name = "mode", .type = GCE_STRING},
	{.name = "publicNetworkSource", .type = GCE_MESSAGE, .message = &s_Bucket_ipFilter_publicNetworkSource},
	{.name = "vpcNetworkSources", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &s_Bucket_ipFilter_vpcNetworkSources},
	{0},
};
static const struct gce_message s_Bucket_ipFilter = {
	"Bucket.ipFilter", s_Bucket_ipFilter_fields};

static const struct gce_field s_Bucket_ipFilter_publicNetworkSource_fields[] = {
	{.name = "allowedIpCidrRanges", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message s_Bucket_ipFilter_publicNetworkSource = {
	"Bucket.ipFilter.publicNetworkSource", s_Bucket_ipFilter_publicNetworkSource_fields};

static const struct gce_field s_Bucket_ipFilter_vpcNetworkSources_fields[] = {
	{.name = "allowedIpCidrRanges", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "network", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_ipFilter_vpcNetworkSources = {
	"Bucket.ipFilter.vpcNetworkSources", s_Bucket_ipFilter_vpcNetworkSources_fields};

static const struct gce_field s_Bucket_lifecycle_fields[] = {
	{.name = "rule", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &s_Bucket_lifecycle_rule},
	{0},
};
static const struct gce_message s_Bucket_lifecycle = {
	"Bucket.lifecycle", s_Bucket_lifecycle_fields};

static const struct gce_field s_Bucket_lifecycle_rule_fields[] = {
	{.name = "action", .type = GCE_MESSAGE, .message = &s_Bucket_lifecycle_rule_action},
	{.name = "condition", .type = GCE_MESSAGE, .message = &s_Bucket_lifecycle_rule_condition},
	{0},
};
static const struct gce_message s_Bucket_lifecycle_rule = {
	"Bucket.lifecycle.rule", s_Bucket_lifecycle_rule_fields};

static const struct gce_field s_Bucket_lifecycle_rule_action_fields[] = {
	{.name = "storageClass", .type = GCE_STRING},
	{.name = "type", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_lifecycle_rule_action = {
	"Bucket.lifecycle.rule.action", s_Bucket_lifecycle_rule_action_fields};

static const struct gce_field s_Bucket_lifecycle_rule_condition_fields[] = {
	{.name = "age", .type = GCE_INT32},
	{.name = "createdBefore", .type = GCE_STRING},
	{.name = "customTimeBefore", .type = GCE_STRING},
	{.name = "daysSinceCustomTime", .type = GCE_INT32},
	{.name = "daysSinceNoncurrentTime", .type = GCE_INT32},
	{.name = "isLive", .type = GCE_BOOL},
	{.name = "matchesPattern", .type = GCE_STRING},
	{.name = "matchesPrefix", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "matchesStorageClass", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "matchesSuffix", .type = GCE_STRING, .flags = GCE_LIST},
	{.name = "noncurrentTimeBefore", .type = GCE_STRING},
	{.name = "numNewerVersions", .type = GCE_INT32},
	{0},
};
static const struct gce_message s_Bucket_lifecycle_rule_condition = {
	"Bucket.lifecycle.rule.condition", s_Bucket_lifecycle_rule_condition_fields};

static const struct gce_field s_Bucket_logging_fields[] = {
	{.name = "logBucket", .type = GCE_STRING},
	{.name = "logObjectPrefix", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_logging = {
	"Bucket.logging", s_Bucket_logging_fields};

static const struct gce_field s_Bucket_objectRetention_fields[] = {
	{.name = "mode", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_objectRetention = {
	"Bucket.objectRetention", s_Bucket_objectRetention_fields};

static const struct gce_field s_Bucket_owner_fields[] = {
	{.name = "entity", .type = GCE_STRING},
	{.name = "entityId", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_owner = {
	"Bucket.owner", s_Bucket_owner_fields};

static const struct gce_field s_Bucket_retentionPolicy_fields[] = {
	{.name = "effectiveTime", .type = GCE_STRING},
	{.name = "isLocked", .type = GCE_BOOL},
	{.name = "retentionPeriod", .type = GCE_INT64},
	{0},
};
static const struct gce_message s_Bucket_retentionPolicy = {
	"Bucket.retentionPolicy", s_Bucket_retentionPolicy_fields};

static const struct gce_field s_Bucket_softDeletePolicy_fields[] = {
	{.name = "effectiveTime", .type = GCE_STRING},
	{.name = "retentionDurationSeconds", .type = GCE_INT64},
	{0},
};
static const struct gce_message s_Bucket_softDeletePolicy = {
	"Bucket.softDeletePolicy", s_Bucket_softDeletePolicy_fields};

static const struct gce_field s_Bucket_versioning_fields[] = {
	{.name = "enabled", .type = GCE_BOOL},
	{0},
};
static const struct gce_message s_Bucket_versioning = {
	"Bucket.versioning", s_Bucket_versioning_fields};

static const struct gce_field s_Bucket_website_fields[] = {
	{.name = "mainPageSuffix", .type = GCE_STRING},
	{.name = "notFoundPage", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Bucket_website = {
	"Bucket.website", s_Bucket_website_fields};

static const struct gce_field s_BucketAccessControl_fields[] = {
	{.name = "bucket", .type = GCE_STRING},
	{.name = "domain", .type = GCE_STRING},
	{.name = "email", .type = GCE_STRING},
	{.name = "entity", .type = GCE_STRING},
	{.name = "entityId", .type = GCE_STRING},
	{.name = "etag", .type = GCE_STRING},
	{.name = "id", .type = GCE_STRING},
	{.name = "kind", .type = GCE_STRING},
	{.name = "projectTeam", .type = GCE_MESSAGE, .message = &s_BucketAccessControl_projectTeam},
	{.name = "role", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_BucketAccessControl = {
	"BucketAccessControl", s_BucketAccessControl_fields};

static const struct gce_field s_BucketAccessControl_projectTeam_fields[] = {
	{.name = "projectNumber", .type = GCE_STRING},
	{.name = "team", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_BucketAccessControl_projectTeam = {
	"BucketAccessControl.projectTeam", s_BucketAccessControl_projectTeam_fields};

static const struct gce_field s_Object_fields[] = {
	{.name = "acl", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &s_ObjectAccessControl},
	{.name = "bucket", .type = GCE_STRING},
	{.name = "cacheControl", .type = GCE_STRING},
	{.name = "componentCount", .type = GCE_INT32},
	{.name = "contentDisposition", .type = GCE_STRING},
	{.name = "contentEncoding", .type = GCE_STRING},
	{.name = "contentLanguage", .type = GCE_STRING},
	{.name = "contentType", .type = GCE_STRING},
	{.name = "contexts", .type = GCE_MESSAGE, .message = &s_Object_contexts},
	{.name = "crc32c", .type = GCE_STRING},
	{.name = "customTime", .type = GCE_STRING},
	{.name = "customerEncryption", .type = GCE_MESSAGE, .message = &s_Object_customerEncryption},
	{.name = "etag", .type = GCE_STRING},
	{.name = "eventBasedHold", .type = GCE_BOOL},
	{.name = "generation", .type = GCE_INT64},
	{.name = "hardDeleteTime", .type = GCE_STRING},
	{.name = "id", .type = GCE_STRING},
	{.name = "kind", .type = GCE_STRING},
	{.name = "kmsKeyName", .type = GCE_STRING},
	{.name = "md5Hash", .type = GCE_STRING},
	{.name = "mediaLink", .type = GCE_STRING},
	{.name = "metadata", .type = GCE_STRING, .flags = GCE_MAP},
	{.name = "metageneration", .type = GCE_INT64},
	{.name = "name", .type = GCE_STRING},
	{.name = "owner", .type = GCE_MESSAGE, .message = &s_Object_owner},
	{.name = "restoreToken", .type = GCE_STRING},
	{.name = "retention", .type = GCE_MESSAGE, .message = &s_Object_retention},
	{.name = "retentionExpirationTime", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{.name = "size", .type = GCE_UINT64},
	{.name = "softDeleteTime", .type = GCE_STRING},
	{.name = "storageClass", .type = GCE_STRING},
	{.name = "temporaryHold", .type = GCE_BOOL},
	{.name = "timeCreated", .type = GCE_STRING},
	{.name = "timeDeleted", .type = GCE_STRING},
	{.name = "timeFinalized", .type = GCE_STRING},
	{.name = "timeStorageClassUpdated", .type = GCE_STRING},
	{.name = "updated", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Object = {
	"Object", s_Object_fields};

static const struct gce_field s_Object_contexts_fields[] = {
	{.name = "custom", .type = GCE_MESSAGE, .flags = GCE_MAP, .message = &s_ObjectCustomContextPayload},
	{0},
};
static const struct gce_message s_Object_contexts = {
	"Object.contexts", s_Object_contexts_fields};

static const struct gce_field s_Object_customerEncryption_fields[] = {
	{.name = "encryptionAlgorithm", .type = GCE_STRING},
	{.name = "keySha256", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Object_customerEncryption = {
	"Object.customerEncryption", s_Object_customerEncryption_fields};

static const struct gce_field s_Object_owner_fields[] = {
	{.name = "entity", .type = GCE_STRING},
	{.name = "entityId", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Object_owner = {
	"Object.owner", s_Object_owner_fields};

static const struct gce_field s_Object_retention_fields[] = {
	{.name = "mode", .type = GCE_STRING},
	{.name = "retainUntilTime", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_Object_retention = {
	"Object.retention", s_Object_retention_fields};

static const struct gce_field s_ObjectAccessControl_fields[] = {
	{.name = "bucket", .type = GCE_STRING},
	{.name = "domain", .type = GCE_STRING},
	{.name = "email", .type = GCE_STRING},
	{.name = "entity", .type = GCE_STRING},
	{.name = "entityId", .type = GCE_STRING},
	{.name = "etag", .type = GCE_STRING},
	{.name = "generation", .type = GCE_INT64},
	{.name = "id", .type = GCE_STRING},
	{.name = "kind", .type = GCE_STRING},
	{.name = "object", .type = GCE_STRING},
	{.name = "projectTeam", .type = GCE_MESSAGE, .message = &s_ObjectAccessControl_projectTeam},
	{.name = "role", .type = GCE_STRING},
	{.name = "selfLink", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_ObjectAccessControl = {
	"ObjectAccessControl", s_ObjectAccessControl_fields};

static const struct gce_field s_ObjectAccessControl_projectTeam_fields[] = {
	{.name = "projectNumber", .type = GCE_STRING},
	{.name = "team", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_ObjectAccessControl_projectTeam = {
	"ObjectAccessControl.projectTeam", s_ObjectAccessControl_projectTeam_fields};

static const struct gce_field s_ObjectCustomContextPayload_fields[] = {
	{.name = "createTime", .type = GCE_STRING},
	{.name = "updateTime", .type = GCE_STRING},
	{.name = "value", .type = GCE_STRING},
	{0},
};
static const struct gce_message s_ObjectCustomContextPayload = {
	"ObjectCustomContextPayload", s_ObjectCustomContextPayload_fields};

static const struct gce_field s_Objects_fields[] = {
	{.name = "items", .type = GCE_MESSAGE, .flags = GCE_LIST, .message = &s_Object},
	{.name = "kind", .type = GCE_STRING},
	{.name = "nextPageToken", .type = GCE_STRING},
	{.name = "prefixes", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message s_Objects = {
	"Objects", s_Objects_fields};

static const struct gce_field s_TestIamPermissionsResponse_fields[] = {
	{.name = "kind", .type = GCE_STRING},
	{.name = "permissions", .type = GCE_STRING, .flags = GCE_LIST},
	{0},
};
static const struct gce_message s_TestIamPermissionsResponse = {
	"TestIamPermissionsResponse", s_TestIamPermissionsResponse_fields};
static const struct gce_message m_AccessSecretVersionResponse;
static const struct gce_message m_SecretPayload;

static const struct gce_field m_AccessSecretVersionResponse_fields[] = {
	{.name = "name", .type = GCE_STRING},
	{.name = "payload", .type = GCE_MESSAGE, .message = &m_SecretPayload},
	{0},
};
static const struct gce_message m_AccessSecretVersionResponse = {
	"AccessSecretVersionResponse", m_AccessSecretVersionResponse_fields};

static const struct gce_field m_SecretPayload_fields[] = {
	{.name = "data", .type = GCE_STRING},
	{.name = "dataCrc32c", .type = GCE_INT64},
	{0},
};
static const struct gce_message m_SecretPayload = {
	"SecretPayload", m_SecretPayload_fields};

const struct gce_method gce_methods[] = {
	{"compute.images.insert", "POST", "/compute/v1/projects/{project}/global/images",
	 "forceCreate requestId",
	 &c_Image, &c_Operation, "name"},
	{"compute.images.get", "GET", "/compute/v1/projects/{project}/global/images/{image}",
	 "",
	 NULL, &c_Image, ""},
	{"compute.images.list", "GET", "/compute/v1/projects/{project}/global/images",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_ImageList, ""},
	{"compute.images.delete", "DELETE", "/compute/v1/projects/{project}/global/images/{image}",
	 "requestId",
	 NULL, &c_Operation, ""},
	{"compute.images.patch", "PATCH", "/compute/v1/projects/{project}/global/images/{image}",
	 "requestId",
	 &c_Image, &c_Operation, ""},
	{"compute.images.setLabels", "POST", "/compute/v1/projects/{project}/global/images/{resource}/setLabels",
	 "",
	 &c_GlobalSetLabelsRequest, &c_Operation, "labelFingerprint"},
	{"compute.instances.insert", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances",
	 "requestId sourceInstanceTemplate sourceMachineImage",
	 &c_Instance, &c_Operation, "name machineType disks networkInterfaces"},
	{"compute.instances.get", "GET", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}",
	 "",
	 NULL, &c_Instance, ""},
	{"compute.instances.list", "GET", "/compute/v1/projects/{project}/zones/{zone}/instances",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_InstanceList, ""},
	{"compute.instances.aggregatedList", "GET", "/compute/v1/projects/{project}/aggregated/instances",
	 "filter includeAllScopes maxResults orderBy pageToken returnPartialSuccess serviceProjectNumber",
	 NULL, &c_InstanceAggregatedList, ""},
	{"compute.instances.delete", "DELETE", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}",
	 "noGracefulShutdown requestId",
	 NULL, &c_Operation, ""},
	{"compute.instances.setTags", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/setTags",
	 "requestId",
	 &c_Tags, &c_Operation, "fingerprint"},
	{"compute.instances.setMetadata", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/setMetadata",
	 "requestId",
	 &c_Metadata, &c_Operation, "fingerprint"},
	{"compute.instances.setLabels", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/setLabels",
	 "requestId",
	 &c_InstancesSetLabelsRequest, &c_Operation, "labelFingerprint"},
	{"compute.instances.setMachineType", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/setMachineType",
	 "requestId",
	 &c_InstancesSetMachineTypeRequest, &c_Operation, "machineType"},
	{"compute.instances.start", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/start",
	 "requestId",
	 NULL, &c_Operation, ""},
	{"compute.instances.stop", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/stop",
	 "discardLocalSsd noGracefulShutdown requestId",
	 NULL, &c_Operation, ""},
	{"compute.instances.reset", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/reset",
	 "requestId",
	 NULL, &c_Operation, ""},
	{"compute.instances.addAccessConfig", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/addAccessConfig",
	 "networkInterface requestId",
	 &c_AccessConfig, &c_Operation, ""},
	{"compute.instances.deleteAccessConfig", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/deleteAccessConfig",
	 "accessConfig networkInterface requestId",
	 NULL, &c_Operation, ""},
	{"compute.instances.setDeletionProtection", "POST", "/compute/v1/projects/{project}/zones/{zone}/instances/{resource}/setDeletionProtection",
	 "deletionProtection requestId",
	 NULL, &c_Operation, ""},
	{"compute.instances.getSerialPortOutput", "GET", "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/serialPort",
	 "port start",
	 NULL, &c_SerialPortOutput, ""},
	{"compute.firewalls.insert", "POST", "/compute/v1/projects/{project}/global/firewalls",
	 "requestId",
	 &c_Firewall, &c_Operation, "name"},
	{"compute.firewalls.get", "GET", "/compute/v1/projects/{project}/global/firewalls/{firewall}",
	 "",
	 NULL, &c_Firewall, ""},
	{"compute.firewalls.list", "GET", "/compute/v1/projects/{project}/global/firewalls",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_FirewallList, ""},
	{"compute.firewalls.patch", "PATCH", "/compute/v1/projects/{project}/global/firewalls/{firewall}",
	 "requestId",
	 &c_Firewall, &c_Operation, ""},
	{"compute.firewalls.delete", "DELETE", "/compute/v1/projects/{project}/global/firewalls/{firewall}",
	 "requestId",
	 NULL, &c_Operation, ""},
	{"compute.addresses.insert", "POST", "/compute/v1/projects/{project}/regions/{region}/addresses",
	 "requestId",
	 &c_Address, &c_Operation, "name"},
	{"compute.addresses.get", "GET", "/compute/v1/projects/{project}/regions/{region}/addresses/{address}",
	 "",
	 NULL, &c_Address, ""},
	{"compute.addresses.list", "GET", "/compute/v1/projects/{project}/regions/{region}/addresses",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_AddressList, ""},
	{"compute.addresses.aggregatedList", "GET", "/compute/v1/projects/{project}/aggregated/addresses",
	 "filter includeAllScopes maxResults orderBy pageToken returnPartialSuccess serviceProjectNumber",
	 NULL, &c_AddressAggregatedList, ""},
	{"compute.addresses.delete", "DELETE", "/compute/v1/projects/{project}/regions/{region}/addresses/{address}",
	 "requestId",
	 NULL, &c_Operation, ""},
	{"compute.addresses.setLabels", "POST", "/compute/v1/projects/{project}/regions/{region}/addresses/{resource}/setLabels",
	 "requestId",
	 &c_RegionSetLabelsRequest, &c_Operation, "labelFingerprint"},
	{"compute.disks.get", "GET", "/compute/v1/projects/{project}/zones/{zone}/disks/{disk}",
	 "",
	 NULL, &c_Disk, ""},
	{"compute.disks.aggregatedList", "GET", "/compute/v1/projects/{project}/aggregated/disks",
	 "filter includeAllScopes maxResults orderBy pageToken returnPartialSuccess serviceProjectNumber",
	 NULL, &c_DiskAggregatedList, ""},
	{"compute.disks.delete", "DELETE", "/compute/v1/projects/{project}/zones/{zone}/disks/{disk}",
	 "requestId",
	 NULL, &c_Operation, ""},
	{"compute.instanceTemplates.insert", "POST", "/compute/v1/projects/{project}/global/instanceTemplates",
	 "requestId",
	 &c_InstanceTemplate, &c_Operation, "name properties"},
	{"compute.instanceTemplates.get", "GET", "/compute/v1/projects/{project}/global/instanceTemplates/{instanceTemplate}",
	 "",
	 NULL, &c_InstanceTemplate, ""},
	{"compute.instanceTemplates.list", "GET", "/compute/v1/projects/{project}/global/instanceTemplates",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_InstanceTemplateList, ""},
	{"compute.instanceTemplates.delete", "DELETE", "/compute/v1/projects/{project}/global/instanceTemplates/{instanceTemplate}",
	 "requestId",
	 NULL, &c_Operation, ""},
	{"compute.regionInstanceGroupManagers.insert", "POST", "/compute/v1/projects/{project}/regions/{region}/instanceGroupManagers",
	 "requestId",
	 &c_InstanceGroupManager, &c_Operation, "name baseInstanceName targetSize"},
	{"compute.regionInstanceGroupManagers.get", "GET", "/compute/v1/projects/{project}/regions/{region}/instanceGroupManagers/{instanceGroupManager}",
	 "",
	 NULL, &c_InstanceGroupManager, ""},
	{"compute.regionInstanceGroupManagers.list", "GET", "/compute/v1/projects/{project}/regions/{region}/instanceGroupManagers",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_RegionInstanceGroupManagerList, ""},
	{"compute.regionInstanceGroupManagers.delete", "DELETE", "/compute/v1/projects/{project}/regions/{region}/instanceGroupManagers/{instanceGroupManager}",
	 "noGracefulShutdown requestId",
	 NULL, &c_Operation, ""},
	{"compute.regionInstanceGroupManagers.patch", "PATCH", "/compute/v1/projects/{project}/regions/{region}/instanceGroupManagers/{instanceGroupManager}",
	 "requestId",
	 &c_InstanceGroupManager, &c_Operation, ""},
	{"compute.regionInstanceGroupManagers.resize", "POST", "/compute/v1/projects/{project}/regions/{region}/instanceGroupManagers/{instanceGroupManager}/resize",
	 "requestId size",
	 NULL, &c_Operation, ""},
	{"compute.regionInstanceGroupManagers.listManagedInstances", "POST", "/compute/v1/projects/{project}/regions/{region}/instanceGroupManagers/{instanceGroupManager}/listManagedInstances",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_RegionInstanceGroupManagersListInstancesResponse, ""},
	{"compute.instanceGroupManagers.aggregatedList", "GET", "/compute/v1/projects/{project}/aggregated/instanceGroupManagers",
	 "filter includeAllScopes maxResults orderBy pageToken returnPartialSuccess serviceProjectNumber",
	 NULL, &c_InstanceGroupManagerAggregatedList, ""},
	{"compute.globalOperations.get", "GET", "/compute/v1/projects/{project}/global/operations/{operation}",
	 "",
	 NULL, &c_Operation, ""},
	{"compute.globalOperations.wait", "POST", "/compute/v1/projects/{project}/global/operations/{operation}/wait",
	 "",
	 NULL, &c_Operation, ""},
	{"compute.globalOperations.list", "GET", "/compute/v1/projects/{project}/global/operations",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_OperationList, ""},
	{"compute.regionOperations.get", "GET", "/compute/v1/projects/{project}/regions/{region}/operations/{operation}",
	 "",
	 NULL, &c_Operation, ""},
	{"compute.regionOperations.wait", "POST", "/compute/v1/projects/{project}/regions/{region}/operations/{operation}/wait",
	 "",
	 NULL, &c_Operation, ""},
	{"compute.regionOperations.list", "GET", "/compute/v1/projects/{project}/regions/{region}/operations",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_OperationList, ""},
	{"compute.zoneOperations.get", "GET", "/compute/v1/projects/{project}/zones/{zone}/operations/{operation}",
	 "",
	 NULL, &c_Operation, ""},
	{"compute.zoneOperations.wait", "POST", "/compute/v1/projects/{project}/zones/{zone}/operations/{operation}/wait",
	 "",
	 NULL, &c_Operation, ""},
	{"compute.zoneOperations.list", "GET", "/compute/v1/projects/{project}/zones/{zone}/operations",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_OperationList, ""},
	{"compute.zones.get", "GET", "/compute/v1/projects/{project}/zones/{zone}",
	 "",
	 NULL, &c_Zone, ""},
	{"compute.zones.list", "GET", "/compute/v1/projects/{project}/zones",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_ZoneList, ""},
	{"compute.regions.get", "GET", "/compute/v1/projects/{project}/regions/{region}",
	 "",
	 NULL, &c_Region, ""},
	{"compute.regions.list", "GET", "/compute/v1/projects/{project}/regions",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_RegionList, ""},
	{"compute.machineTypes.get", "GET", "/compute/v1/projects/{project}/zones/{zone}/machineTypes/{machineType}",
	 "",
	 NULL, &c_MachineType, ""},
	{"compute.machineTypes.list", "GET", "/compute/v1/projects/{project}/zones/{zone}/machineTypes",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_MachineTypeList, ""},
	{"compute.projects.get", "GET", "/compute/v1/projects/{project}",
	 "",
	 NULL, &c_Project, ""},
	{"compute.networks.get", "GET", "/compute/v1/projects/{project}/global/networks/{network}",
	 "",
	 NULL, &c_Network, ""},
	{"compute.networks.list", "GET", "/compute/v1/projects/{project}/global/networks",
	 "filter maxResults orderBy pageToken returnPartialSuccess",
	 NULL, &c_NetworkList, ""},
	{"storage.buckets.get", "GET", "/storage/v1/b/{bucket}",
	 "generation ifMetagenerationMatch ifMetagenerationNotMatch projection softDeleted userProject",
	 NULL, &s_Bucket, ""},
	{"storage.buckets.testIamPermissions", "GET", "/storage/v1/b/{bucket}/iam/testPermissions",
	 "permissions userProject",
	 NULL, &s_TestIamPermissionsResponse, ""},
	{"storage.objects.get", "GET", "/storage/v1/b/{bucket}/o/{object}",
	 "generation ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch projection restoreToken softDeleted userProject",
	 NULL, &s_Object, ""},
	{"storage.objects.list", "GET", "/storage/v1/b/{bucket}/o",
	 "delimiter endOffset filter includeFoldersAsPrefixes includeTrailingDelimiter matchGlob maxResults pageToken prefix projection softDeleted startOffset userProject versions",
	 NULL, &s_Objects, ""},
	{"storage.objects.delete", "DELETE", "/storage/v1/b/{bucket}/o/{object}",
	 "generation ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch userProject",
	 NULL, NULL, ""},
	{"storage.objects.insert", "POST", "/storage/v1/b/{bucket}/o",
	 "contentEncoding ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch kmsKeyName name predefinedAcl projection userProject",
	 &s_Object, &s_Object, ""},
	{"storage.upload.start", "POST", "/upload/storage/v1/b/{bucket}/o",
	 "contentEncoding ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch kmsKeyName name predefinedAcl projection uploadType upload_id userProject",
	 &s_Object, &s_Object, ""},
	{"storage.upload.put", "PUT", "/upload/storage/v1/b/{bucket}/o",
	 "contentEncoding ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch kmsKeyName name predefinedAcl projection uploadType upload_id userProject",
	 NULL, &s_Object, ""},
	{"storage.objects.patch", "PATCH", "/storage/v1/b/{bucket}/o/{object}",
	 "generation ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch overrideUnlockedRetention predefinedAcl projection userProject",
	 &s_Object, &s_Object, ""},
	{"secretmanager.projects.secrets.versions.access", "GET", "/v1/projects/{project_id}/secrets/{secretsId}/versions/{versionsId}:access",
	 "",
	 NULL, &m_AccessSecretVersionResponse, ""},
	{0},
};
