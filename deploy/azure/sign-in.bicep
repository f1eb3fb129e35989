// Requires a sign-in with Microsoft Entra ID before an app answers.

@description('Name of the container app; its secret sign-in is the client secret.')
param app string

@description('Application (client) id of the app registration.')
param clientId string

@description('Tenant whose users may sign in.')
param tenant string

resource target 'Microsoft.App/containerApps@2025-07-01' existing = {
  name: app
}

resource requirement 'Microsoft.App/containerApps/authConfigs@2025-07-01' = {
  parent: target
  name: 'current'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
    }
    identityProviders: {
      azureActiveDirectory: {
        registration: {
          clientId: clientId
          clientSecretSettingName: 'sign-in'
          openIdIssuer: '${az.environment().authentication.loginEndpoint}${tenant}/v2.0'
        }
      }
    }
  }
}
