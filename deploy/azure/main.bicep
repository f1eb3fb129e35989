// The laboratory on Azure Container Apps: dashboard, DataPrep and trainers with Redis, RabbitMQ and shares for datasets and experiments. Deploy
// registry.bicep and push the images first; docs/azure.md has the commands.
targetScope = 'resourceGroup'

@description('Region of all resources. Serverless GPUs are not in every region.')
param location string = resourceGroup().location

@description('Tag of the images dashboard, dataprep and trainer in the registry.')
param tag string

@description('GPU of each trainer. The trainer\'s image must then be built with TORCH_BACKEND=cuda.')
@allowed(['None', 'T4', 'A100'])
param gpu string = 'None'

@description('Most trainers at a time, each with one run.')
@minValue(1)
@maxValue(64)
param maxTrainers int = 1

@description('0: trainers and DataPrep are started by KEDA when a message waits. 1: one of each always runs, whatever KEDA sees.')
@allowed([0, 1])
param minWorkers int = 0

@description('Address ranges in CIDR notation that may open the dashboard. The dashboard has no sign-in of its own: without the sign-in below, whoever can open it can start trainings on your bill.')
param allowedAddresses string[]

@description('Application (client) id of an app registration in Microsoft Entra ID; with it, the dashboard requires a sign-in.')
param signInClientId string = ''

@secure()
@description('Client secret of that app registration.')
param signInSecret string = ''

@description('Tenant whose users may sign in.')
param signInTenant string = subscription().tenantId

@secure()
@description('Password of the Redis app. Letters and digits only: it is part of a connection string.')
param redisPassword string = ''

@secure()
@description('Password of the RabbitMQ app.')
param messagingPassword string = ''

@secure()
@description('Connection string of a Redis to use instead of the app.')
param redisConnection string = ''

@secure()
@description('Address of a RabbitMQ to use instead of the app: amqps://USER:PASSWORD@HOST. Its queues must exist; definitions.json lists them.')
param messagingConnection string = ''

@secure()
@description('Management address of that RabbitMQ: https://USER:PASSWORD@HOST/.')
param messagingManagement string = ''

@description('Makes the management interface of the RabbitMQ app reachable from the internet, for an environment whose KEDA cannot reach it otherwise.')
param exposeManagement bool = false

@description('Size limit of each share in GiB.')
param shareQuota int = 1024

// A replica takes the whole machine.
var gpus = {
  None: { profileType: '', profile: 'Consumption', cpu: '2', memory: '4Gi' }
  T4: { profileType: 'Consumption-GPU-NC8as-T4', profile: 'gpu', cpu: '8', memory: '56Gi' }
  A100: { profileType: 'Consumption-GPU-NC24-A100', profile: 'gpu', cpu: '24', memory: '220Gi' }
}

var dataShares = ['datasets', 'experiments']

var redisShare = 'redis'

// The name that Aspire's model uses too.
var messagingUser = 'guest'

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: 'laboratory${uniqueString(resourceGroup().id)}'
}

resource pull 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: 'laboratory-pull'
}

module environment 'environment.bicep' = {
  name: 'environment'
  params: {
    location: location
    gpuProfileType: gpus[gpu].profileType
    shares: concat(dataShares, [redisShare])
    shareQuota: shareQuota
  }
}

module redis 'redis.bicep' = if (empty(redisConnection)) {
  name: 'redis'
  params: {
    location: location
    environmentId: environment.outputs.id
    share: redisShare
    password: empty(redisPassword) ? fail('redisPassword must be set, unless redisConnection is') : redisPassword
  }
}

module messaging 'messaging.bicep' = if (empty(messagingConnection)) {
  name: 'messaging'
  params: {
    location: location
    environmentId: environment.outputs.id
    user: messagingUser
    password: empty(messagingPassword)
      ? fail('messagingPassword must be set, unless messagingConnection is')
      : messagingPassword
    exposeManagement: exposeManagement
  }
}

var registryAccess = { server: registry.properties.loginServer, identity: pull.id }

var redisAddress = empty(redisConnection) ? 'redis:6379,password=${redisPassword}' : redisConnection

var messagingAddress = empty(messagingConnection)
  ? 'amqp://${messagingUser}:${uriComponent(messagingPassword)}@messaging:5672'
  : messagingConnection

// The address from outside the environment, if there is one.
var managementHost = 'messaging.${exposeManagement ? '' : 'internal.'}${environment.outputs.domain}'

var managementAddress = empty(messagingConnection)
  ? 'https://${messagingUser}:${uriComponent(messagingPassword)}@${managementHost}/'
  : empty(messagingManagement) ? fail('messagingManagement must be set with messagingConnection') : messagingManagement

module dataprep 'service.bicep' = {
  name: 'dataprep'
  // Redis and RabbitMQ by their names; no other reference orders the deployment.
  dependsOn: [redis, messaging]
  params: {
    name: 'dataprep'
    image: '${registryAccess.server}/dataprep:${tag}'
    location: location
    environmentId: environment.outputs.id
    registry: registryAccess
    shares: dataShares
    redisConnection: redisAddress
    messagingConnection: messagingAddress
    messagingManagement: managementAddress
    queues: ['prepare-dataset']
    minReplicas: minWorkers
    cpu: '2'
    memory: '4Gi'
  }
}

module trainer 'service.bicep' = {
  name: 'trainer'
  dependsOn: [redis, messaging]
  params: {
    name: 'trainer'
    image: '${registryAccess.server}/trainer:${tag}'
    location: location
    environmentId: environment.outputs.id
    registry: registryAccess
    shares: dataShares
    redisConnection: redisAddress
    messagingConnection: messagingAddress
    messagingManagement: managementAddress
    // Trainers also coordinate experiments.
    queues: ['start-run', 'experiments']
    // As many runs as the scale rule assumes.
    environment: [{ name: 'Trainer__ConcurrentRuns', value: '1' }]
    minReplicas: minWorkers
    maxReplicas: maxTrainers
    workloadProfile: gpus[gpu].profile
    cpu: gpus[gpu].cpu
    memory: gpus[gpu].memory
    // A trainer has written its checkpoint and handed its run back within 30 seconds. More is not reliably given: replicas with a GPU were reported
    // killed after 60 to 80 seconds, whatever is set here.
    terminationGrace: 60
  }
}

module dashboard 'service.bicep' = {
  name: 'dashboard'
  dependsOn: [redis, messaging]
  params: {
    name: 'dashboard'
    image: '${registryAccess.server}/dashboard:${tag}'
    location: location
    environmentId: environment.outputs.id
    registry: registryAccess
    shares: dataShares
    redisConnection: redisAddress
    messagingConnection: messagingAddress
    // A page is connected to one process, so one replica; zero without visitors.
    maxReplicas: 1
    cpu: '0.5'
    memory: '1Gi'
    ingress: { allowedAddresses: allowedAddresses }
    signInSecret: empty(signInClientId) ? '' : signInSecret
  }
}

module signIn 'sign-in.bicep' = if (!empty(signInClientId)) {
  name: 'sign-in'
  params: {
    app: dashboard.outputs.name
    clientId: signInClientId
    tenant: signInTenant
  }
}

@description('The dashboard.')
output dashboard string = dashboard.outputs.address

@description('Storage account of the shares datasets and experiments.')
output storageAccount string = environment.outputs.account
