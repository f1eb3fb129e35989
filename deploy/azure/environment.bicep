// The Container Apps environment with its log, and the shares that the apps mount.

param location string

@description('A workload profile besides the serverless CPUs; empty for none.')
param gpuProfileType string

@description('Names of the shares; each is mounted under the same name.')
param shares string[]

@description('Size limit of each share in GiB. Standard storage bills what is stored, not the limit.')
param shareQuota int

resource log 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'laboratory'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: 'laboratory'
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: log.properties.customerId
        sharedKey: log.listKeys().primarySharedKey
      }
    }
    workloadProfiles: concat(
      [{ name: 'Consumption', workloadProfileType: 'Consumption' }],
      empty(gpuProfileType) ? [] : [{ name: 'gpu', workloadProfileType: gpuProfileType }]
    )
  }
}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: 'lab${uniqueString(resourceGroup().id)}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    // Container Apps mounts shares with the account's key.
    allowSharedKeyAccess: true
  }

  resource files 'fileServices' = {
    name: 'default'

    resource share 'shares' = [
      for name in shares: {
        name: name
        properties: {
          enabledProtocols: 'SMB'
          shareQuota: shareQuota
        }
      }
    ]
  }
}

resource mount 'Microsoft.App/managedEnvironments/storages@2025-07-01' = [
  for (name, index) in shares: {
    parent: environment
    name: name
    properties: {
      azureFile: {
        accountName: account.name
        accountKey: account.listKeys().keys[0].value
        shareName: account::files::share[index].name
        accessMode: 'ReadWrite'
      }
    }
  }
]

output id string = environment.id
output domain string = environment.properties.defaultDomain
output account string = account.name
