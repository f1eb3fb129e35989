using System.Globalization;
using System.Reflection;
using Cgh.AppHost.Aspire.Servers;

namespace Cgh.AppHost.Aspire;

/// <summary>The laboratory as Aspire sees it: its services, what they talk over, and what waits for what.</summary>
internal static class Laboratory
{
    public const string TrainerName = "trainer";

    /// <summary>Name of the resource that submits the recipe of <c>run RECIPE</c>.</summary>
    public const string RecipeName = "recipe";

    public static void Compose(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        var publishing = builder.ExecutionContext.IsPublishMode;

        // Live state and messages. Both may be lost: the run folders are the record, and the store is rebuilt from them.
        var servers = LaboratoryServers.Add(builder, options);

        // Datasets and run folders, shared by all.
        var folders = new DataFolders(builder, options.Data);

        // Makes datasets. One is enough: a second command for the same dataset waits in the queue.
        var dataPrep = Service(builder.AddProject<Projects.Cgh_DataPrep>("dataprep"));

        // One run at a time each. On this machine each is a resource of its own, as replicas of one could not be told which GPU
        // is theirs; a deployment has one, which its platform scales.
        var trainers = (publishing || options.Replicas == 1 ? [TrainerName] : Enumerable.Range(1, options.Replicas).Select(number => $"{TrainerName}-{number}"))
            .Select((name, index) => OnItsDevice(Service(builder.AddProject<Projects.Cgh_Trainer>(name)), index))
            .ToList();

        // The only door to the outside. The port is the one that the documentation names.
        var dashboard = Service(builder.AddProject<Projects.Cgh_Dashboard>("dashboard"), publishing ? null : options.Port).WithExternalHttpEndpoints();

        if (publishing)
        {
            // The images are those of deploy/compose.yaml: one way to build them.
            dataPrep.PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/dataprep.Dockerfile"));
            trainers[0].PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/trainer.Dockerfile"));
            dashboard.PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/dashboard.Dockerfile"));
#if AZURE
            Azure.ContainerApps.Add(builder, options, dataPrep, trainers[0], dashboard);
#endif
            return;
        }

        dashboard.WithEnvironment("Dashboard__Recipes", Path.Combine(AppContext.BaseDirectory, "recipes"));
        if (options.Recipe is not null)
        {
            // The trainer's own client, as a script would call it; once everybody is there, so that nothing is waited for unseen.
            var recipe = builder.AddProject<Projects.Cgh_Trainer>(RecipeName)
                .WithArgs("submit", options.Recipe, "--wait")
                .WithReference(servers.Store).WithReference(servers.Bus)
                .WaitFor(dataPrep).WaitFor(dashboard);
            trainers.ForEach(trainer => recipe.WaitFor(trainer));
        }

        IResourceBuilder<ProjectResource> Service(IResourceBuilder<ProjectResource> project, int? port = null)
        {
            // Workers listen too: /health says whether they can work.
            project.WithArgs("serve").WithHttpEndpoint(port).WithHttpHealthCheck("/health");
            project.WithReference(servers.Store).WithReference(servers.Bus);
            folders.AddTo(project);
            // Services wait for their servers by themselves as well; waiting here keeps their logs free of failed attempts.
            servers.WaitedFor(project);
            return project;
        }

        IResourceBuilder<ProjectResource> OnItsDevice(IResourceBuilder<ProjectResource> trainer, int index)
        {
            if (publishing)
            {
                return trainer;
            }

            if (options.Gpus.Count > 0)
            {
                // One run per device; more trainers than GPUs share them in turn.
                trainer.WithEnvironment(Gpus.Variable, options.Gpus[index % options.Gpus.Count]).WithEnvironment("Trainer__ConcurrentRuns", "1");
            }

            if (options.Replicas > 1)
            {
                // A run that leaves its thread count open takes all processors that .NET sees: trainers beside each other get a share each.
                trainer.WithEnvironment("DOTNET_PROCESSOR_COUNT", Math.Max(1, Environment.ProcessorCount / options.Replicas).ToString(CultureInfo.InvariantCulture));
            }

            return trainer;
        }
    }

    // The root of the repository, which is what the Dockerfiles take as their context.
    private static string Repository { get; } =
        typeof(Laboratory).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "Cgh.Repository").Value!;
}
