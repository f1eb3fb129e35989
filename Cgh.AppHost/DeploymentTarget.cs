using Cgh.Core;

namespace Cgh.AppHost;

/// <summary>
/// Refuses to publish or deploy a model without a target: Aspire would report success and write nothing. The target is Azure, whose packages are
/// only referenced with <c>-p:Azure=true</c>; the manifest needs none.
/// </summary>
internal static class DeploymentTarget
{
    // What `aspire publish`, `aspire deploy` and `aspire destroy` ask for.
    private static readonly string[] s_steps = ["publish", "deploy", "destroy"];

#if AZURE
    private const bool HasTarget = true;
#else
    private const bool HasTarget = false;
#endif

    /// <exception cref="UserErrorException">There is no target for the requested step.</exception>
    public static void Check(IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode && builder.Configuration["Pipeline:Step"] is { } step && s_steps.Contains(step) && !HasTarget)
        {
            throw new UserErrorException(
                $"aspire {step} has no target in this build. Deploy deploy/azure/main.bicep, or set Azure=true in the environment (docs/azure.md); "
                + "`aspire do publish-manifest` writes the manifest.");
        }
    }
}
