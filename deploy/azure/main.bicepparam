// The parameters of main.bicep that docs/azure.md sets, from the environment: secrets stay out of files and of the shell's history.
using 'main.bicep'

param tag = readEnvironmentVariable('TAG')

param gpu = readEnvironmentVariable('GPU', 'None')

param maxTrainers = int(readEnvironmentVariable('MAX_TRAINERS', '1'))

// Ranges separated by commas.
param allowedAddresses = split(readEnvironmentVariable('ALLOWED_ADDRESSES'), ',')

param redisPassword = readEnvironmentVariable('REDIS_PASSWORD')

param messagingPassword = readEnvironmentVariable('MESSAGING_PASSWORD')

param signInClientId = readEnvironmentVariable('SIGN_IN_CLIENT_ID', '')

param signInSecret = readEnvironmentVariable('SIGN_IN_SECRET', '')
