// One of the laboratory's services as a container app: mounts the shares, reaches Redis and RabbitMQ, and answers /health and /alive.

param location string
param name string
param image string
param environmentId string

@description('Server of the registry and resource id of the identity that may pull from it.')
param registry { server: string, identity: string }

@description('The shares, mounted under /data.')
param shares string[]

@secure()
param redisConnection string

@secure()
param messagingConnection string

@description('Further environment variables.')
param environment { name: string, value: string }[] = []

@description('RabbitMQ queues; one replica for each of their messages, delivered or not. Empty for no such rule.')
param queues string[] = []

@secure()
@description('Address of RabbitMQ\'s management interface with user and password. KEDA needs it, because only this interface counts messages that a replica holds.')
param messagingManagement string = ''

param minReplicas int = 0
param maxReplicas int = 1

@description('Processors, as JSON because Bicep has no fractions, and memory.')
param cpu string
param memory string

param workloadProfile string = 'Consumption'

@description('Seconds from SIGTERM to SIGKILL.')
param terminationGrace int = 30

@description('Ingress from the internet; null for an app without incoming requests.')
param ingress { allowedAddresses: string[] }?

@secure()
@description('Client secret of the sign-in, for sign-in.bicep; empty without.')
param signInSecret string = ''

var port = 8080

var data = '/data'

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${registry.identity}': {} }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: workloadProfile
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [{ server: registry.server, identity: registry.identity }]
      secrets: concat(
        [
          { name: 'redis-connection', value: redisConnection }
          { name: 'messaging-connection', value: messagingConnection }
        ],
        empty(queues) ? [] : [{ name: 'messaging-management', value: messagingManagement }],
        empty(signInSecret) ? [] : [{ name: 'sign-in', value: signInSecret }]
      )
      ingress: ingress == null
        ? null
        : {
            external: true
            targetPort: port
            transport: 'http'
            // HTTP is redirected to HTTPS.
            allowInsecure: false
            ipSecurityRestrictions: map(ingress!.allowedAddresses, (range, index) => {
              name: 'range-${index}'
              action: 'Allow'
              ipAddressRange: range
            })
          }
    }
    template: {
      terminationGracePeriodSeconds: terminationGrace
      containers: [
        {
          name: name
          image: image
          resources: { cpu: json(cpu), memory: memory }
          env: concat(
            [
              { name: 'HTTP_PORTS', value: string(port) }
              // The ingress ends TLS; without this the dashboard would take its address for plain HTTP.
              { name: 'ASPNETCORE_FORWARDEDHEADERS_ENABLED', value: 'true' }
              { name: 'CGH_DATA', value: data }
              { name: 'ConnectionStrings__redis', secretRef: 'redis-connection' }
              { name: 'ConnectionStrings__messaging', secretRef: 'messaging-connection' }
            ],
            environment
          )
          probes: [
            // /health also asks Redis and RabbitMQ, whose absence a restart would not end.
            { type: 'Startup', httpGet: { path: '/alive', port: port }, periodSeconds: 5, failureThreshold: 24 }
            {
              type: 'Liveness'
              httpGet: { path: '/alive', port: port }
              periodSeconds: 10
              timeoutSeconds: 5
              failureThreshold: 6
            }
            { type: 'Readiness', httpGet: { path: '/health', port: port }, periodSeconds: 10, timeoutSeconds: 5 }
          ]
          volumeMounts: [for share in shares: { volumeName: share, mountPath: '${data}/${share}' }]
        }
      ]
      volumes: [
        for share in shares: {
          name: share
          storageType: 'AzureFile'
          storageName: share
          // The images' user; by default a share belongs to root.
          mountOptions: 'uid=1654,gid=1654,dir_mode=0770,file_mode=0660'
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: empty(queues)
          ? null
          : map(queues, queue => {
              name: queue
              custom: {
                type: 'rabbitmq'
                metadata: {
                  // Over AMQP, KEDA would count waiting messages only, and a busy replica would be removed.
                  protocol: 'http'
                  excludeUnacknowledged: 'false'
                  queueName: queue
                  mode: 'QueueLength'
                  value: '1'
                }
                auth: [{ triggerParameter: 'host', secretRef: 'messaging-management' }]
              }
            })
      }
    }
  }
}

output name string = app.name
output address string = ingress == null ? '' : 'https://${app.properties.configuration.ingress!.fqdn}'
