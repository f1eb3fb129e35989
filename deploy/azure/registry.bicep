// The container registry, and the identity that the apps pull with. Deployed first: the images must be in the registry before main.bicep
// creates the apps.
targetScope = 'resourceGroup'

@description('Region of all resources.')
param location string = resourceGroup().location

// The built-in role AcrPull.
var acrPull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  // main.bicep derives the same name.
  name: 'laboratory${uniqueString(resourceGroup().id)}'
  location: location
  sku: { name: 'Basic' }
  properties: {
    // Pulled with the identity below, pushed with the user's own.
    adminUserEnabled: false
  }
}

resource pull 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'laboratory-pull'
  location: location
}

resource mayPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, pull.id, acrPull)
  scope: registry
  properties: {
    principalId: pull.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: acrPull
  }
}

@description('For az acr build --registry.')
output registry string = registry.name
