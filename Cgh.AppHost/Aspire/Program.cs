var builder = DistributedApplication.CreateBuilder(args);

var redis = builder.AddRedis("redis").WithDataVolume();
var messaging = builder.AddRabbitMQ("messaging").WithManagementPlugin().WithDataVolume();

// Datasets and run folders are shared: a dead trainer's run goes on elsewhere from the same folder.
var data = builder.AddParameter("data", Path.GetFullPath("data"));

builder.AddProject<Projects.Cgh_DataPrep>("dataprep")
    .WithArgs("serve")
    .WithEnvironment("CGH_DATA", data)
    .WithReference(redis).WaitFor(redis)
    .WithReference(messaging).WaitFor(messaging);

builder.AddProject<Projects.Cgh_Trainer>("trainer")
    .WithArgs("serve")
    .WithEnvironment("CGH_DATA", data)
    .WithReference(redis).WaitFor(redis)
    .WithReference(messaging).WaitFor(messaging);

builder.AddProject<Projects.Cgh_Dashboard>("dashboard")
    .WithExternalHttpEndpoints()
    .WithReference(redis).WaitFor(redis)
    .WithReference(messaging).WaitFor(messaging);

builder.Build().Run();
